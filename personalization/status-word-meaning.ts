// Status words in words, for messages. ISO/IEC 7816-4:2020, 5.6; GPC 2.3.1, 11.1.3.

import * as words from "../runtime/spec/status-words.ts";

const MEANINGS: ReadonlyMap<number, string> = new Map([
  [words.SW_SUCCESS, "success"],
  [words.SW_END_OF_FILE, "end of file or record before Le bytes"],
  [words.SW_FILE_DEACTIVATED, "file deactivated"],
  [words.SW_AUTHENTICATION_FAILED, "authentication failed"],
  [words.SW_MORE_STATUS, "more data available"],
  [words.SW_MEMORY_FAILURE, "memory failure"],
  [words.SW_WRONG_LENGTH, "wrong length"],
  [words.SW_CHANNEL_NOT_SUPPORTED, "logical channel not supported"],
  [words.SW_SECURE_MESSAGING_NOT_SUPPORTED, "secure messaging not supported"],
  [words.SW_LAST_COMMAND_EXPECTED, "last command of the chain expected"],
  [words.SW_CHAINING_NOT_SUPPORTED, "command chaining not supported"],
  [words.SW_COMMAND_NOT_ACCEPTED, "command not accepted in this state"],
  [words.SW_COMMAND_INCOMPATIBLE_WITH_FILE, "command incompatible with the file"],
  [words.SW_SECURITY_NOT_SATISFIED, "security status not satisfied"],
  [words.SW_AUTHENTICATION_BLOCKED, "authentication method blocked"],
  [words.SW_REFERENCE_DATA_NOT_USABLE, "reference data not usable"],
  [words.SW_CONDITIONS_NOT_SATISFIED, "conditions of use not satisfied"],
  [words.SW_NO_CURRENT_FILE, "no current file"],
  [words.SW_SECURE_MESSAGING_MISSING, "secure messaging data missing"],
  [words.SW_SECURE_MESSAGING_WRONG, "secure messaging data wrong"],
  [words.SW_APPLET_SELECT_FAILED, "application refused selection"],
  [words.SW_WRONG_DATA, "wrong data"],
  [words.SW_FUNCTION_NOT_SUPPORTED, "function not supported"],
  [words.SW_FILE_NOT_FOUND, "file or application not found"],
  [words.SW_RECORD_NOT_FOUND, "record not found"],
  [words.SW_NOT_ENOUGH_MEMORY, "not enough memory"],
  [words.SW_WRONG_P1P2, "wrong P1-P2"],
  [words.SW_LC_INCONSISTENT_WITH_P1P2, "Lc inconsistent with P1-P2"],
  [words.SW_REFERENCED_DATA_NOT_FOUND, "referenced data not found"],
  [words.SW_FILE_EXISTS, "file exists already"],
  [words.SW_NAME_EXISTS, "application name exists already"],
  [words.SW_WRONG_OFFSET, "offset outside the file"],
  [words.SW_INS_NOT_SUPPORTED, "instruction not supported"],
  [words.SW_CLA_NOT_SUPPORTED, "class not supported"],
  [words.SW_INTERNAL_ERROR, "no precise diagnosis"],
  [words.SW_MAC_WRONG, "MAC wrong"],
  [words.SW_NOT_ENOUGH_MONEY, "balance too small"],
  [words.SW_COUNTER_AT_END, "transaction counter at its end"],
  [words.SW_KEY_INDEX_NOT_SUPPORTED, "key index not supported"],
  [words.SW_MAC_NOT_AVAILABLE, "no MAC of this transaction"],
]);

/** What a status word says, in a few words. */
export function statusWordMeaning(sw: number): string {
  const exact = MEANINGS.get(sw);
  if (exact !== undefined) return exact;
  if ((sw & 0xfff0) === words.SW_VERIFICATION_FAILED) {
    return `verification failed, ${sw & 15} tries left`;
  }
  if ((sw & 0xff00) === words.SW_MORE_DATA) return "more response bytes available";
  if ((sw & 0xff00) === words.SW_CORRECT_LE) return `wrong Le, ${sw & 0xff} is right`;
  return "not a status word of the standard";
}
