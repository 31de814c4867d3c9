// des.js carries no types; this is the part of it that noble.ts uses.
declare module "des.js" {
  interface Cipher {
    update(data: ArrayLike<number>): number[];
    final(): number[];
  }
  interface CipherKind {
    create(options: {
      type: "encrypt" | "decrypt";
      key: ArrayLike<number>;
      padding?: boolean;
    }): Cipher;
  }
  const des: { EDE: CipherKind };
  export default des;
}
