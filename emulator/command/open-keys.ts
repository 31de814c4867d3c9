// Opens a keystore with the passphrase from a file, the environment or the terminal.

import { statSync } from "node:fs";
import type { KeyService } from "../../personalization/keys/key-service.ts";
import { openKeystore } from "../../personalization/keys/keystore.ts";
import { readPassphrase } from "../../personalization/keys/passphrase.ts";
import { FileError } from "./fail.ts";

export async function openKeys(file: string, passphraseFile?: string): Promise<KeyService> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found?.isDirectory()) throw new FileError(file, "is a folder, not a keystore file");
  if (found === undefined) {
    throw new FileError(file, "there is no keystore; wafer sample-keystore makes one for trials");
  }
  const source = passphraseFile === undefined ? {} : { file: passphraseFile };
  return (await openKeystore(file, await readPassphrase(source))).service();
}
