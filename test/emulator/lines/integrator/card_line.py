"""A social security card in a PC/SC reader: commands out, answers in."""

import sys

from smartcard.ATR import ATR
from smartcard.System import readers
from smartcard.util import toBytes, toHexString


class Refused(Exception):
    """The card answered another status word than 9000."""

    def __init__(self, command, status):
        super().__init__(f"{command} answers {status:04X}")
        self.status = status


class CardLine:
    """The card in the reader of this name."""

    def __init__(self, reader_name):
        found = [reader for reader in readers() if str(reader) == reader_name]
        if not found:
            sys.exit(f"no reader {reader_name}; there are: {', '.join(map(str, readers()))}")
        self.connection = found[0].createConnection()
        self.connection.connect()

    @property
    def atr(self):
        return bytes(self.connection.getATR())

    @property
    def historical(self):
        return bytes(ATR(list(self.atr)).getHistoricalBytes())

    def send(self, command):
        """Answers data and status word."""
        data, sw1, sw2 = self.connection.transmit(toBytes(command))
        while sw1 == 0x61:
            more, sw1, sw2 = self.connection.transmit([0x00, 0xC0, 0x00, 0x00, sw2])
            data += more
        return bytes(data), sw1 << 8 | sw2

    def ask(self, command):
        """Data of a command that must succeed."""
        data, status = self.send(command)
        if status != 0x9000:
            raise Refused(command, status)
        return data

    def close(self):
        self.connection.disconnect()


def spaced(data):
    """Bytes as PC/SC programs print them."""
    return toHexString(list(data))
