"""The wire: parties share nothing but messages, and every message is recorded as the bytes that travelled.

A protocol is one text for all parties (`choreography`). It is played by one process (`run`) or by one process for each
party (`endpoint`); both write down what travelled (`transcript`) in the form in which it travelled (`codec`).
"""
