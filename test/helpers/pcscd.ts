// A PC/SC daemon of a test's own: its own configuration, ports, socket and mount namespace, so that
// it meets neither the machine's pcscd nor that of another run. Linux only.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { Programs } from "./skip.ts";

/** For `needing` of skip.ts. */
export const PCSC_PROGRAMS: Programs = {
  pcscd: ["pcscd"],
  "vsmartcard-vpcd": ["/usr/lib/pcsc/drivers/serial/libifdvpcd.so"],
  opensc: ["opensc-tool", "opensc-explorer"],
  "pcsc-tools": ["pcsc_scan"],
  "util-linux": ["unshare", "setpriv"],
};

export interface Pcscd {
  /** Where the card connects: the first slot. The second slot listens on the next port. */
  readonly port: number;
  /** Name of the first slot's reader, as PC/SC programs list it. */
  readonly reader: string;
  /** For `PCSCLITE_CSOCK_NAME`: where programs of the test itself find this daemon. */
  readonly socket: string;
  /** Runs a PC/SC program against this daemon and answers what it printed and its exit code. */
  run(program: string, ...args: string[]): Promise<Printed>;
  /** Like `run`, with `input` typed in. */
  type(input: string, program: string, ...args: string[]): Promise<Printed>;
  /** Like `run`, for a program that does not end by itself: stops it once it printed `until`. */
  runUntil(until: RegExp, program: string, ...args: string[]): Promise<Printed>;
  /** Resolves once the daemon has seen the card in the first slot: it looks twice a second or so. */
  cardSeen(): Promise<void>;
  cardGone(): Promise<void>;
  stop(): Promise<void>;
}

export interface Printed {
  readonly exit: number | null;
  /** Standard output and error, as they came. */
  readonly text: string;
}

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const DRIVER = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const NAME = "Wafer test reader";
const START_LIMIT_MS = 10_000;
const PROGRAM_LIMIT_MS = 30_000;

/** Starts the daemon; resolves when it listens for the card and for PC/SC programs. */
export async function startPcscd(): Promise<Pcscd> {
  mkdirSync(join(PROJECT, "build"), { recursive: true });
  const folder = mkdtempSync(join(PROJECT, "build", "pcscd-"));
  const port = await freePair();
  const hexPort = `0x${port.toString(16).toUpperCase()}`;
  writeFileSync(
    join(folder, "reader.conf"),
    `FRIENDLYNAME "${NAME}"\nDEVICENAME /dev/null:${hexPort}\nLIBPATH ${DRIVER}\nCHANNELID ${hexPort}\n`,
  );
  const daemon = spawnDaemon(folder);
  let log = "";
  for (const stream of [daemon.stdout, daemon.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      log += text;
    });
  }
  const stop = async () => {
    await end(daemon);
    rmSync(folder, { recursive: true, force: true });
  };
  const socket = `/proc/${daemon.pid}/root/run/pcscd/pcscd.comm`;
  const env = { ...process.env, PCSCLITE_CSOCK_NAME: socket, LC_ALL: "C.UTF-8" };
  try {
    const limit = Date.now() + START_LIMIT_MS;
    while (!(listens(port, socket) && listens(port + 1, socket))) {
      if (daemon.exitCode !== null || daemon.signalCode !== null || Date.now() > limit) {
        throw new Error(
          `pcscd did not start on port ${port}: ${log.trim() || "it printed nothing"}`,
        );
      }
      await sleep(20);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const run = (program: string, ...args: string[]) => runProgram(env, program, args, "");
  const slotShows = async (card: "Yes" | "No") => {
    const wanted = new RegExp(`^0 +${card} `, "m");
    const limit = Date.now() + START_LIMIT_MS;
    for (let list = ""; !wanted.test(list); list = (await run("opensc-tool", "-l")).text) {
      if (Date.now() > limit) throw new Error(`pcscd, port ${port}: ${list.trim()} ${log.trim()}`);
      if (list) await sleep(100);
    }
  };
  return {
    port,
    reader: `${NAME} 00 00`,
    socket,
    run,
    cardSeen: () => slotShows("Yes"),
    cardGone: () => slotShows("No"),
    type: (input, program, ...args) => runProgram(env, program, args, input),
    runUntil: (until, program, ...args) => runProgramUntil(env, program, args, until),
    stop,
  };
}

/**
 * The namespace hides the machine's /run, since pcscd knows one place for its socket only; clients
 * reach it through /proc. The daemon dies with the test, whatever ends the test.
 */
function spawnDaemon(folder: string): ChildProcess {
  const asRoot = process.getuid?.() === 0 ? [] : ["--map-root-user"];
  const script =
    "mount -t tmpfs tmpfs /run && mkdir /run/pcscd && " +
    'exec "$(PATH=$PATH:/usr/sbin command -v pcscd)" --foreground --config "$1"';
  return spawn(
    "unshare",
    [...asRoot, "--mount", "setpriv", "--pdeathsig", "TERM", "sh", "-c", script, "sh", folder],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
}

/** Whether the daemon listens on the port; a trial connection would take the card's place. */
function listens(port: number, socket: string): boolean {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const listening = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .some((fields) => fields[1]?.endsWith(local) && fields[3] === "0A");
  // /proc/net/unix shows the path as the daemon sees it, so ask the file system.
  return listening && exists(socket);
}

function exists(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENXIO"; // a socket: there, but not to be read
  }
}

/** Two neighbouring ports that nobody listens on. */
async function freePair(): Promise<number> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const port = await listenOnce(0);
    if (port !== undefined && port < 0xffff && (await listenOnce(port + 1)) === port + 1)
      return port;
  }
  throw new Error("found no two neighbouring free ports");
}

async function listenOnce(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(undefined));
    server.listen(port, "0.0.0.0", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? address?.port : undefined));
    });
  });
}

function runProgram(
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  input: string,
): Promise<Printed> {
  return new Promise((resolve, reject) => {
    const child = execFile(program, args, { env, timeout: PROGRAM_LIMIT_MS }, (error, out, err) => {
      if (error?.killed) reject(new Error(`${program} did not end in 30 s: ${out}${err}`));
      else if (typeof error?.code === "string") reject(error);
      else resolve({ exit: child.exitCode, text: out + err });
    });
    // A program that ends before it reads is no failure of the test.
    child.stdin?.on("error", () => {}).end(input);
  });
}

async function runProgramUntil(
  env: NodeJS.ProcessEnv,
  program: string,
  args: readonly string[],
  until: RegExp,
): Promise<Printed> {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (part: string) => {
      text += part;
      if (until.test(text)) child.kill();
    });
  }
  const timer = setTimeout(() => child.kill(), PROGRAM_LIMIT_MS);
  await once(child, "close");
  clearTimeout(timer);
  if (!until.test(text)) throw new Error(`${program} never printed ${until}: ${text}`);
  return { exit: child.exitCode, text };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGTERM");
  const force = setTimeout(() => child.kill("SIGKILL"), 3000);
  await closed;
  clearTimeout(force);
}
