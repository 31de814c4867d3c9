"""Keys of social security cards: found from the province's, used against the card's random numbers.

Both families: "tdes" (blocks of 8 bytes, cards of the second generation) and "sm4" (16 bytes, third).
"""

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4, TripleDES

CIPHERS = {"tdes": TripleDES, "sm4": SM4}


def encrypt(kind, key, data):
    """ECB. A TripleDES of 8 bytes is DES."""
    encryptor = Cipher(CIPHERS[kind](key), modes.ECB()).encryptor()
    return encryptor.update(data) + encryptor.finalize()


def child(kind, key, factor):
    """The key one level down."""
    return encrypt(kind, key, factor + bytes(byte ^ 0xFF for byte in factor))


def card_key(kind, province_key, region, historical):
    """From a province's key over the city's to the card's."""
    digits = region[:4] + "00" if region.startswith("33") else region
    city_key = child(kind, province_key, digits.encode("ascii") + b"sx")
    return child(kind, city_key, historical[5:13])


def authentication_data(kind, key, factor, original):
    """8 bytes that prove the key."""
    if kind == "tdes":
        return encrypt(kind, encrypt(kind, key, factor), original)
    session = encrypt(kind, key, factor + bytes(8))
    block = encrypt(kind, session, original + bytes(8))
    return bytes(left ^ right for left, right in zip(block[:8], block[8:]))
