"""Reads who a social security card says its holder is, as a counter does, and prints JSON lines.

    read_basic_files.py READER KEYS.json

KEYS.json holds the province's keys: {"cipher": "sm4", "IRK": "hex", "RKSSSE": "hex"}.
"""

import json
import sys

import card_keys
import items
from card_line import CardLine, spaced

SELECT_APPLICATION = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
SELECT_EF05 = "00A4020002EF05"
SELECT_EF06 = "00A4020002EF06"
GET_CHALLENGE = "0084000008"
ALGORITHMS = {0x01: "tdes", 0x03: "sm4"}
KEY_RKSSSE = 0x0A


def show(step, **found):
    print(json.dumps({"step": step, **found}, ensure_ascii=False))


def read(card, *records):
    """Records of the selected file, by tag and length."""
    return b"".join(card.ask(f"00B2{tag:02X}00{2 + length:02X}") for tag, length in records)


def algorithm(fci):
    """Tag 86 in 9F0C says which cipher the card's keys are for."""
    at = fci.index(b"\x9f\x0c\x03\x86\x01")
    return ALGORITHMS[fci[at + 5]]


def main():
    reader_name, keys_path = sys.argv[1:3]
    with open(keys_path, encoding="ascii") as file:
        keys = json.load(file)
    card = CardLine(reader_name)
    show("card", atr=spaced(card.atr), historical=card.historical.hex().upper())

    fci = card.ask(SELECT_APPLICATION)
    cipher = algorithm(fci)
    show("application", fci=fci.hex().upper(), cipher=cipher)
    if cipher != keys["cipher"]:
        sys.exit(f"the card is of {cipher}, the keys are of {keys['cipher']}")
    card.ask(SELECT_EF05)
    issuance = items.decode(read(card, (0x01, 16), (0x03, 4), (0x07, 9)), items.EF05)
    show("EF05", **issuance)
    region = issuance["identifier"][:6]

    def key(name):
        return card_keys.card_key(cipher, bytes.fromhex(keys[name]), region, card.historical)

    # Is the card the issuer's?
    original, factor = card.ask(GET_CHALLENGE), card.ask(GET_CHALLENGE)
    answer = card.ask(f"0088000010{factor.hex()}{original.hex()}")
    genuine = answer == card_keys.authentication_data(cipher, key("IRK"), factor, original)
    show("issuer", genuine=genuine)
    if not genuine:
        sys.exit("the card is not the issuer's")

    # Only a card of the third generation asks for a key before it tells the holder.
    if issuance["version"].startswith("3"):
        original, factor = card.ask(GET_CHALLENGE), card.ask(GET_CHALLENGE)
        proof = card_keys.authentication_data(cipher, key("RKSSSE"), factor, original)
        card.ask(f"008200{KEY_RKSSSE:02X}10{proof.hex()}{original.hex()}")
        show("RKSSSE", proved=True)
        card.ask(SELECT_EF05)
        dates = read(card, (0x03, 4), (0x05, 4), (0x06, 4))
    else:
        dates = read(card, (0x05, 4), (0x06, 4))
    show("EF05", **items.decode(dates, items.EF05))
    card.ask(SELECT_EF06)
    show("EF06", **items.decode(read(card, (0x08, 18), (0x09, 30), (0x4E, 20)), items.EF06))
    more = read(card, (0x0A, 1), (0x0B, 1), (0x0C, 3), (0x0D, 4))
    show("EF06", **items.decode(more, items.EF06))
    card.close()


main()
