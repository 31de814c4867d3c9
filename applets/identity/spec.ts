// Numbers of the asymmetric application of the third generation.

/** AID of the application: "PKI.社会保障" in GBK. */
export const AID_PKI: string = "504b492ec9e7bbe1b1a3d5cf";
/** Name of the DF below it that holds everything: "SS.CERT.ADF1". */
export const NAME_CERTIFICATE_ADF: string = "53532e434552542e41444631";
/** Its file identifier; no source tells one. */
export const FID_CERTIFICATE_ADF: u16 = 0xadf1;

/** Head (2) ‖ x ‖ y of the signing key: read by anyone. */
export const FID_SIGNING_PUBLIC_KEY: u16 = 0x0012;
/** The certificate of the signing key, X.509 in DER from the first byte; the rest is 00. */
export const FID_SIGNING_CERTIFICATE: u16 = 0x0018;
export const SFI_SIGNING_PUBLIC_KEY: u8 = 0x12;
export const SFI_SIGNING_CERTIFICATE: u8 = 0x18;
/** Bits of the key, which stand before the point. */
export const PUBLIC_KEY_HEAD: u16 = 0x0100;
export const PUBLIC_KEY_FILE_BYTES: i32 = 66;
export const CERTIFICATE_FILE_BYTES: i32 = 1200;

/** The holder's PIN, of the ADF: 6 to 8 ASCII digits, filled up with FF. */
export const PIN_SIGNING: u8 = 0x81;
export const PIN_BLOCK_BYTES: i32 = 8;
export const PIN_LEAST_DIGITS: i32 = 6;
/** Keys of the ADF: the signing pair, and the SM4 key that proves the issuer. */
export const KEY_SIGNING: u8 = 0x81;
export const KEY_ADMINISTRATION: u8 = 0x82;

// GENERATE ASYMMETRIC KEY PAIR. ISO/IEC 7816-8:2019, 5.1.
export const INS_GENERATE_ASYMMETRIC_KEY_PAIR: u8 = 0x46;
export const P1_GENERATE: u8 = 0x80;
/** Control reference template of digital signatures, and the key reference in it. */
export const TAG_B6_DIGITAL_SIGNATURE: u8 = 0xb6;
export const TAG_84_PRIVATE_KEY: u8 = 0x84;
/** Public key, and the point 04 ‖ x ‖ y in it. */
export const TAG_7F49_PUBLIC_KEY: u16 = 0x7f49;
export const TAG_86_POINT: u8 = 0x86;
export const POINT_UNCOMPRESSED: u8 = 0x04;

// PERFORM SECURITY OPERATION, COMPUTE DIGITAL SIGNATURE. ISO/IEC 7816-8:2019, 5.4.
export const INS_PERFORM_SECURITY_OPERATION: u8 = 0x2a;
export const P1_DIGITAL_SIGNATURE: u8 = 0x9e;
export const P2_DIGEST: u8 = 0x9a;

// ISO/IEC 7816-4:2020, 11.6.7 and 11.6.10.
export const INS_CHANGE_REFERENCE_DATA: u8 = 0x24;
export const INS_RESET_RETRY_COUNTER: u8 = 0x2c;
/** The command brings the new PIN alone. */
export const P1_NEW_REFERENCE_DATA: u8 = 0x02;
