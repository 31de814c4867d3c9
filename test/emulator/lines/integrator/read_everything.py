"""Reads a social security card by short file identifiers, with all that its holder's PIN opens.

    read_everything.py READER KEYS.json PIN PORTRAIT [DF01EF05 ...]

Prints JSON lines; writes the portrait to the file PORTRAIT. KEYS.json as for read_basic_files.py.
"""

import json
import sys

import card_keys
import items
from card_line import CardLine

SELECT_APPLICATION = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF00"
PORTRAIT_BYTES = 4096
READ_AT_ONCE = 256
SFI_EF05, SFI_EF06, SFI_EF08 = 5, 6, 8


def show(step, **found):
    print(json.dumps({"step": step, **found}, ensure_ascii=False))


def by_tag(sfi, tag, length):
    return f"00B2{tag:02X}{sfi << 3:02X}{2 + length:02X}"


def by_number(sfi, number, length):
    return f"00B2{number:02X}{sfi << 3 | 4:02X}{2 + length:02X}"


def read_all(card, sfi, length):
    """All records from the first one on."""
    return card.ask(f"00B201{sfi << 3 | 5:02X}{length:02X}")


def length_of(table):
    return sum(2 + length for _, length, _, _ in table)


def read_portrait(card):
    """The first piece by short file identifier, which selects the file, the rest by offset."""
    picture = b""
    for at in range(0, PORTRAIT_BYTES, READ_AT_ONCE):
        where = (0x80 | SFI_EF08) << 8 if at == 0 else at
        picture += card.ask(f"00B0{where:04X}00")
    return picture


def main():
    reader_name, keys_path, pin, portrait_path, *files = sys.argv[1:]
    with open(keys_path, encoding="ascii") as file:
        keys = json.load(file)
    card = CardLine(reader_name)
    card.ask(SELECT_APPLICATION)
    show("EF05 at once", **items.decode(read_all(card, SFI_EF05, length_of(items.EF05)), items.EF05))
    for name, how in (("by tag", by_tag), ("by number", by_number)):
        places = [
            (tag if how is by_tag else number, length)
            for number, (tag, length, _, _) in enumerate(items.EF05, 1)
        ]
        data = b"".join(card.ask(how(SFI_EF05, place, length)) for place, length in places)
        show(f"EF05 {name}", **items.decode(data, items.EF05))

    _, status = card.send(by_tag(SFI_EF06, 0x08, 18))
    show("EF06 before the key", status=f"{status:04X}")
    region = card.ask(by_tag(SFI_EF05, 0x01, 16))[2:5].hex()
    key = card_keys.card_key(
        keys["cipher"], bytes.fromhex(keys["RKSSSE"]), region, card.historical
    )
    factor, original = card.ask("0084000008"), b"original"
    proof = card_keys.authentication_data(keys["cipher"], key, factor, original)
    card.ask(f"0082000A10{proof.hex()}{original.hex()}")
    show("EF06 at once", **items.decode(read_all(card, SFI_EF06, length_of(items.EF06)), items.EF06))

    picture = read_portrait(card)
    with open(portrait_path, "wb") as file:
        file.write(picture)
    show("EF08", bytes=len(picture))

    for name in files:
        directory, sfi = name[:4], int(name[6:], 16)
        card.ask(f"00A4000002{directory}00")
        _, status = card.send(f"00B201{sfi << 3 | 4:02X}02")
        show(f"{name} before the PIN", status=f"{status:04X}")
    tries = card.send("0020000000")[1] & 0x0F
    _, status = card.send(f"00200000{len(pin) // 2:02X}{pin}")
    show("PIN", triesBefore=tries, status=f"{status:04X}")
    for name in files:
        directory, sfi = name[:4], int(name[6:], 16)
        card.ask(f"00A4000002{directory}00")
        found, number = {}, 1
        while True:
            data, status = card.send(f"00B2{number:02X}{sfi << 3 | 4:02X}02")
            if status != 0x9000:
                break
            record = card.ask(f"00B2{number:02X}{sfi << 3 | 4:02X}{2 + data[1]:02X}")
            found[f"{record[0]:02X}"] = record[2:].hex()
            number += 1
        show(name, **found)
    card.close()


main()
