"""Numbers and keys: fixed point, Paillier, sealed boxes, one-time masks. Knows no parties and no protocol.

.. admonition:: Hazard

   This is teaching code. Its parts are right one by one and easy to put together wrongly; the recipes are in
   ``fedlearn_edu.protocols``, and a lesson should start there.

   It is made for: learning, experiments, and comparing protocols on data that may be seen, between **semi-honest**
   parties: they follow the protocol, and look at what they receive.

   It is not made for: real secrets, parties who deviate, or a machine that an attacker shares with you. Big-number
   arithmetic here takes a time that depends on the numbers (no side-channel protection), keys stay in memory until
   Python lets them go, nobody proves that a key or a ciphertext was made as it should be, and nobody has audited it.

What is in it:

``fixed_point``
    real numbers as integers at a public scale, and back
``paillier``
    vectors that can be added while nobody can read them; what they refuse beforehand is in ``paillier_checks``
``paillier_keys``
    key pairs, and the randomness that hides plaintexts under them
``packing``
    many small numbers in one large plaintext
``powers``
    powers and products modulo n², in threads and from tables
``sealing``
    a box that one receiver can open (X25519, HKDF, AES-GCM)
``masks``
    one-time masks that cancel in a sum, and secret shares
``circle``
    who adds and who subtracts which mask in a round, and who holds which share
``blinding``
    identifiers as points of Curve25519, multiplied by a secret number
``blind_signature``
    RSA signatures by a signer who does not see what it signs
``identifiers``, ``elements``
    identifiers as bytes; many byte strings of one width
``joint_sums``
    the sum of two parties' numbers, its square and its sums over rows; masks for what another decrypts
``group_sums``
    sums over groups of ciphertexts, for gradients of two networks; many sums folded into one
``chunks``
    long work in pieces, so that a run can show progress and be cancelled

Import from the module that you need; importing ``fedlearn_edu.crypto`` itself loads nothing.
"""
