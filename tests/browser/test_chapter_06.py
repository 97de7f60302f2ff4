"""Chapter 06's lab in JupyterLab: two circles by mouse and keyboard, the mask's slider, the run, the guard."""


from .hands import (
    expect,
    faults_on_every_panel,
    lie_over_each_other,
    panel,
    press,
    rows_of_tabs,
    slide,
    soon,
    until,
    wide_parts,
)  # fmt: skip

# Where each bar of the screen, and of the truth behind it, begins, and how long it is.
BOTH = """node => [".fl-screen-bar", ".fl-screen-truth"].map(look =>
  [...node.querySelectorAll(look)].map(bar => [bar.getAttribute("x"), bar.getAttribute("width")]))"""
CELLS = ["import fedlearn_edu as fl", 'fl.lab("06")', 'fl.question("06")', 'fl.exercise("06.1")']


def bars(lab):
    """The areas under the curve, as the bars have them in words."""
    return [float(one) for one in lab.locator(".fl-chart-bars .fl-value").all_text_contents()]


# What is between the frame and the text of a list: paddings, and the arrow.
ROOM = """node => {
  const paper = document.createElement("canvas").getContext("2d"), style = getComputedStyle(node);
  paper.font = style.font;
  const words = [...node.options].map(option => paper.measureText(option.text).width);
  return node.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - 20 - Math.max(...words);
}"""


def small_key(lab):
    lab.get_by_label("Key size").select_option(label="512 bits: a toy, insecure")


def test_the_warning_of_a_toy_key_is_not_cut_off(lab):
    assert lab.get_by_label("Key size").evaluate(ROOM) >= 0


def test_the_names_of_all_panels_stand_in_one_line(lab):
    assert rows_of_tabs(lab) == 1


# --- what it is worth


def test_taking_columns_away_makes_the_bar_of_both_shorter(lab):
    soon(lambda: bars(lab)[:3], [0.72, 0.75, 0.82])
    slide(lab, "The tax office's columns", "Home")
    soon(lambda: bars(lab), lambda after: after[0] == 0.72 and after[2] < 0.78)
    expect(lab.locator(".fl-page-worth td").get_by_text("Income", exact=True)).to_be_visible()


def test_the_circle_is_moved_by_keyboard_and_the_slider_beside_it_follows(lab):
    grip = lab.get_by_role("slider", name="Common customers: drag the tax office")
    before = bars(lab)
    grip.press("End")
    expect(grip).to_have_attribute("aria-valuenow", "5")
    soon(lambda: bars(lab), lambda after: after[3] < before[3] - 0.04)
    expect(lab.get_by_label("Common customers", exact=True)).to_have_value("5")
    expect(lab.locator(".fl-venn-common-text")).to_have_text("223 common")
    grip.press("ArrowLeft")
    expect(grip).to_have_attribute("aria-valuetext", "10 % of all customers are common")


def test_the_circle_is_dragged_by_the_mouse(lab, page):
    circle = lab.locator(".fl-venn-grip")
    circle.scroll_into_view_if_needed()
    box = circle.bounding_box()
    x, y = box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + 30, y, steps=4)
    page.page.mouse.up()
    moved = soon(lambda: circle.get_attribute("aria-valuenow"), lambda share: 5 <= int(share) < 60)
    expect(lab.get_by_label("Common customers", exact=True)).to_have_value(moved)


# --- what the coordinator sees


def test_sliding_the_mask_from_uniform_to_none_turns_static_into_the_truth(lab):
    screen = panel(lab, "What the coordinator sees")
    expect(screen.get_by_text("Nothing can be told from it")).to_be_visible()
    expect(screen.locator(".fl-static")).to_have_count(17)
    slide(lab, "Mask on each gradient", "Home")
    read = "Without a mask the coordinator reads every gradient: Job = part-time matters most."
    expect(screen.get_by_text(read)).to_be_visible()
    expect(screen.locator(".fl-static")).to_have_count(0)
    soon(lambda: screen.evaluate(BOTH), lambda found: found[0] == found[1] and len(found[0]) == 17)


def test_a_run_shows_what_was_really_decrypted_and_its_messages(lab):
    small_key(lab)
    slide(lab, "Mask on each gradient", "Home")
    slide(lab, "Mask on each gradient", "ArrowRight")
    press(lab, "Run")
    until(lab, "finished")
    screen = panel(lab, "What the coordinator sees")
    expect(screen.get_by_text("Played. Masks of ±1 on gradients of up to 107")).to_be_visible()
    steps = panel(lab, "The four steps")
    expect(steps.get_by_text("gradient, small mask", exact=True)).to_have_count(2)
    expect(panel(lab, "Loss").get_by_text("Encryption changes nothing.")).to_be_visible()


def test_without_a_coordinator_the_other_party_decrypts(lab):
    small_key(lab)
    lab.get_by_label("Who decrypts").select_option(label="nobody else: two keys")
    press(lab, "Run")
    until(lab, "finished")
    expect(panel(lab, "What the coordinator sees").get_by_text("the other party sees static")).to_be_visible()
    rows = soon(panel(lab, "The four steps").locator("tbody tr").all_inner_texts, lambda texts: len(texts) >= 12)
    assert "coordinator" not in " ".join(rows[:12])


def test_the_guards_refusal_is_said_where_everybody_looks(lab):
    small_key(lab)
    slide(lab, "The tax office's columns", "End")
    press(lab, "Run")
    until(lab, "failed")
    expect(lab.locator(".fl-lab-problem")).to_contain_text("Marital = separated: only 3 of 200 rows")


# --- the whole


def test_axe_finds_nothing_wrong_whichever_panel_is_open(lab, page):
    faults = faults_on_every_panel(page, lab)
    assert not faults, "\n".join(faults)


def test_on_a_telephones_screen_nothing_is_wider_than_the_screen(lab, page):
    assert not wide_parts(page, lab)


def test_on_a_telephones_screen_both_names_can_be_read(lab, page):
    assert not lie_over_each_other(page, lab.locator(".fl-venn-bank-text"), lab.locator(".fl-venn-tax-text"))


def test_nothing_went_wrong_behind_all_this(page):
    page.assert_clean()
