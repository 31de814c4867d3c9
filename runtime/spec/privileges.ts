// Privileges of an application: three bytes, here as one number, the first byte highest.
// GPC 2.3.1, 6.6.1 and 11.1.2, tables 11-7 to 11-9.

export const PRIVILEGE_SECURITY_DOMAIN: i32 = 0x800000;
/** Only on top of SECURITY_DOMAIN, as the next two. */
export const PRIVILEGE_DAP_VERIFICATION: i32 = 0x400000;
export const PRIVILEGE_DELEGATED_MANAGEMENT: i32 = 0x200000;
export const PRIVILEGE_CARD_LOCK: i32 = 0x100000;
export const PRIVILEGE_CARD_TERMINATE: i32 = 0x080000;
export const PRIVILEGE_CARD_RESET: i32 = 0x040000;
export const PRIVILEGE_CVM_MANAGEMENT: i32 = 0x020000;
/** With DAP_VERIFICATION: every load file needs this domain's signature. */
export const PRIVILEGE_MANDATED_DAP: i32 = 0x010000;
export const PRIVILEGE_TRUSTED_PATH: i32 = 0x008000;
export const PRIVILEGE_AUTHORIZED_MANAGEMENT: i32 = 0x004000;
export const PRIVILEGE_TOKEN_VERIFICATION: i32 = 0x002000;
export const PRIVILEGE_GLOBAL_DELETE: i32 = 0x001000;
export const PRIVILEGE_GLOBAL_LOCK: i32 = 0x000800;
export const PRIVILEGE_GLOBAL_REGISTRY: i32 = 0x000400;
export const PRIVILEGE_FINAL_APPLICATION: i32 = 0x000200;
export const PRIVILEGE_GLOBAL_SERVICE: i32 = 0x000100;
export const PRIVILEGE_RECEIPT_GENERATION: i32 = 0x000080;
export const PRIVILEGE_CIPHERED_LOAD_FILE: i32 = 0x000040;
export const PRIVILEGE_CONTACTLESS_ACTIVATION: i32 = 0x000020;
export const PRIVILEGE_CONTACTLESS_SELF_ACTIVATION: i32 = 0x000010;

/** What the issuer's security domain has by itself, of what this card knows. 6.6.2, table 6-2. */
export const ISSUER_PRIVILEGES: i32 = 0x98fc00;
/** Those that this card can give. Receipts, ciphered load files and services are not known. */
export const KNOWN_PRIVILEGES: i32 = 0xfdde00;
