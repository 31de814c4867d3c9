// System error codes in words, with what to do. Two sets: `ENOENT` means a wrong name to one who
// reads, and a folder that cannot be made to one who writes.

/** What a code means for a file that was to be read. */
export function systemReason(code: string): string {
  switch (code) {
    case "ENOENT":
      return "there is no such file; check the name";
    case "EACCES":
    case "EPERM":
      return "may not be opened; check who owns it";
    case "EISDIR":
      return "is a folder, not a file; name a file";
    case "EEXIST":
      return "is a file, not a folder; choose another name";
    case "ENOTDIR":
      return "a part of the path is not a folder; check the name";
    case "ENAMETOOLONG":
      return "the name is too long; choose a shorter one";
    case "ENOSPC":
    case "EDQUOT":
      return "the disk is full; make room and run again";
    case "EROFS":
      return "the file system is read-only; choose another place";
    default:
      return `cannot be used (${code}); choose another file`;
  }
}

/** What a code means for a file or folder that was to be written. */
export function writeReason(code: string): string {
  switch (code) {
    case "ENOENT":
      return "nothing can be written there; choose another folder";
    case "EACCES":
    case "EPERM":
      return "may not be written; choose another folder, or ask who owns it";
    case "EISDIR":
      return "is a folder; name the file to write in it";
    case "ENOTDIR":
      return "a part of the path is not a folder; choose another name";
    default:
      return systemReason(code);
  }
}

/** The code of a system error, or "?" for any other. */
export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "?";
}
