// Status words SW1-SW2. ISO/IEC 7816-4:2020, 5.6; GPC 2.3.1, 11.1.3.

export const SW_SUCCESS: u16 = 0x9000;
/** `6200`: the logical channel is closed already. GPC 2.3.1, 11.7.3.2. */
export const SW_CHANNEL_ALREADY_CLOSED: u16 = 0x6200;
/** `61xx`: xx more response bytes wait for GET RESPONSE (00 = 256 or more). */
export const SW_MORE_DATA: u16 = 0x6100;
/** `6282`: end of file or record reached before Le bytes were read. */
export const SW_END_OF_FILE: u16 = 0x6282;
/** `6283`: the selected file is deactivated. */
export const SW_FILE_DEACTIVATED: u16 = 0x6283;
/** The same word in the answer to SELECT: the card is locked. GPC 2.3.1, 11.9.3.2. */
export const SW_CARD_LOCKED: u16 = 0x6283;
/** `6310`: more data follow in the next GET STATUS. GPC 2.3.1, 11.4.3. */
export const SW_MORE_STATUS: u16 = 0x6310;
/** `63Cx`: verification failed, x tries left. Use `swTriesLeft`. */
export const SW_VERIFICATION_FAILED: u16 = 0x63c0;
/** `6300`: authentication of the host cryptogram failed. GPC Amendment D, 7.1.2. */
export const SW_AUTHENTICATION_FAILED: u16 = 0x6300;
export const SW_MEMORY_FAILURE: u16 = 0x6581;
export const SW_WRONG_LENGTH: u16 = 0x6700;
export const SW_CHANNEL_NOT_SUPPORTED: u16 = 0x6881;
export const SW_SECURE_MESSAGING_NOT_SUPPORTED: u16 = 0x6882;
export const SW_LAST_COMMAND_EXPECTED: u16 = 0x6883;
export const SW_CHAINING_NOT_SUPPORTED: u16 = 0x6884;
/** `6901`: not accepted in this state. Social security cards, part 5, table 5. */
export const SW_COMMAND_NOT_ACCEPTED: u16 = 0x6901;
export const SW_COMMAND_INCOMPATIBLE_WITH_FILE: u16 = 0x6981;
export const SW_SECURITY_NOT_SATISFIED: u16 = 0x6982;
export const SW_AUTHENTICATION_BLOCKED: u16 = 0x6983;
export const SW_REFERENCE_DATA_NOT_USABLE: u16 = 0x6984;
export const SW_CONDITIONS_NOT_SATISFIED: u16 = 0x6985;
export const SW_NO_CURRENT_FILE: u16 = 0x6986;
export const SW_SECURE_MESSAGING_MISSING: u16 = 0x6987;
export const SW_SECURE_MESSAGING_WRONG: u16 = 0x6988;
export const SW_APPLET_SELECT_FAILED: u16 = 0x6999;
export const SW_WRONG_DATA: u16 = 0x6a80;
export const SW_FUNCTION_NOT_SUPPORTED: u16 = 0x6a81;
export const SW_FILE_NOT_FOUND: u16 = 0x6a82;
export const SW_RECORD_NOT_FOUND: u16 = 0x6a83;
export const SW_NOT_ENOUGH_MEMORY: u16 = 0x6a84;
export const SW_WRONG_P1P2: u16 = 0x6a86;
export const SW_LC_INCONSISTENT_WITH_P1P2: u16 = 0x6a87;
export const SW_REFERENCED_DATA_NOT_FOUND: u16 = 0x6a88;
export const SW_FILE_EXISTS: u16 = 0x6a89;
export const SW_NAME_EXISTS: u16 = 0x6a8a;
/** `6B00`: offset outside the file. */
export const SW_WRONG_OFFSET: u16 = 0x6b00;
/** `6Cxx`: repeat the command with Le = xx. */
export const SW_CORRECT_LE: u16 = 0x6c00;
export const SW_INS_NOT_SUPPORTED: u16 = 0x6d00;
export const SW_CLA_NOT_SUPPORTED: u16 = 0x6e00;
/** `6F00`: no precise diagnosis; what a trapped applet answers. */
export const SW_INTERNAL_ERROR: u16 = 0x6f00;

/** `9302`: the MAC is wrong. Social security cards, part 5, table 5. */
export const SW_MAC_WRONG: u16 = 0x9302;
// Medical account. Social security cards, part 5, table 5.
/** `9401`: the balance is less than the amount. */
export const SW_NOT_ENOUGH_MONEY: u16 = 0x9401;
/** `9402`: the transaction counter stands at its end. */
export const SW_COUNTER_AT_END: u16 = 0x9402;
/** `9403`: the card has no key of this index. */
export const SW_KEY_INDEX_NOT_SUPPORTED: u16 = 0x9403;
/** `9406`: there is no MAC of this transaction. */
export const SW_MAC_NOT_AVAILABLE: u16 = 0x9406;

/** `63Cx`: verification failed, `tries` left (0 to 15). */
export function swTriesLeft(tries: i32): u16 {
  return (SW_VERIFICATION_FAILED | (tries & 15)) as u16;
}

/** `62XX`: a warning, nothing was changed in the memory. */
export function isWarningUnchanged(sw: u16): bool {
  return sw >> 8 == 0x62;
}

/** `62XX`, `63XX`: done, with a warning; the response keeps its data. */
export function isWarning(sw: u16): bool {
  return isWarningUnchanged(sw) || sw >> 8 == 0x63;
}
