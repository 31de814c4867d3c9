"""What the basic files hold: tag, length, name and how the value is written."""

EF05 = [
    (0x01, 16, "identifier", "hex"),
    (0x02, 1, "category", "text"),
    (0x03, 4, "version", "text"),
    (0x04, 12, "institution", "hex"),
    (0x05, 4, "issued", "digits"),
    (0x06, 4, "expires", "digits"),
    (0x07, 9, "card number", "text"),
]
EF06 = [
    (0x08, 18, "identity number", "text"),
    (0x09, 30, "name", "text"),
    (0x4E, 20, "name, continued", "text"),
    (0x0A, 1, "sex", "text"),
    (0x0B, 1, "ethnic group", "digits"),
    (0x0C, 3, "birthplace", "digits"),
    (0x0D, 4, "birth date", "digits"),
]


def records(data):
    """Tag to value of records one behind the other."""
    found = {}
    while data:
        tag, length = data[0], data[1]
        if len(data) < 2 + length:
            raise ValueError(f"record {tag:02X} claims {length} bytes and has {len(data) - 2}")
        found[tag] = data[2 : 2 + length]
        data = data[2 + length :]
    return found


def decode(data, table):
    """Name to text."""
    found = records(data)
    return {name: text(found[tag], how) for tag, _, name, how in table if tag in found}


def text(value, how):
    if how == "hex":
        return value.hex().upper()
    if how == "digits":
        return value.hex().upper().rstrip("F")
    return value.rstrip(b"\0").decode("gb18030")
