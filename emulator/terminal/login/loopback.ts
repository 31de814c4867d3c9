// The service over HTTP on the loopback interface, and the terminal's requests to it.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import * as v from "valibot";
import { BureauError } from "../../../personalization/errors.ts";
import {
  type Answer,
  type Challenge,
  ChallengeSchema,
  type Login,
  LoginError,
  LoginSchema,
  originOf,
  RefusalSchema,
} from "./protocol.ts";
import type { LoginService } from "./service.ts";

const HOST = "127.0.0.1";
const MAX_BODY_BYTES = 16_384;
const REQUEST_MS = 10_000;
const PATH_CHALLENGE = "/challenge";
const PATH_LOGIN = "/login";
const [OK, BAD_REQUEST, FORBIDDEN, NOT_FOUND] = [200, 400, 403, 404];

/** A running service. */
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `POST /challenge` and `POST /login`, on a free port unless told another. `origin` is where
 * terminals reach it, when that is not its own address; answers for any other are refused.
 */
export async function serve(service: LoginService, port = 0, origin?: string): Promise<Served> {
  const reached = origin === undefined ? undefined : originOf(origin);
  let url = "";
  const server = createServer((request, response) => {
    respond(service, request, reached ?? url)
      .catch((error): [number, unknown] => refusal(error))
      .then(([status, body]) => send(response, status, body));
  });
  server.requestTimeout = REQUEST_MS;
  server.listen(port, HOST);
  await once(server, "listening");
  url = originOf(`http://${HOST}:${(server.address() as AddressInfo).port}`);
  return {
    url,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function respond(
  service: LoginService,
  request: IncomingMessage,
  origin: string,
): Promise<[number, unknown]> {
  const body = await bodyOf(request);
  if (request.method !== "POST") return [NOT_FOUND, { refused: "there is POST only" }];
  if (request.url === PATH_CHALLENGE) return [OK, service.challenge()];
  if (request.url === PATH_LOGIN) return [OK, await service.login(body, origin)];
  return [NOT_FOUND, { refused: `there is ${PATH_CHALLENGE} and ${PATH_LOGIN}` }];
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length;
    if (length > MAX_BODY_BYTES) throw new SyntaxError("the request is too long");
    parts.push(part);
  }
  return length === 0 ? undefined : JSON.parse(Buffer.concat(parts).toString("utf8"));
}

function refusal(error: unknown): [number, unknown] {
  if (error instanceof SyntaxError) return [BAD_REQUEST, { refused: "the request is no JSON" }];
  // Whoever asks is told what is wrong with the answer, nothing of the service.
  const reason = error instanceof BureauError ? error.message : "the service cannot tell";
  return [FORBIDDEN, { refused: reason }];
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(body)}\n`);
}

export function askForChallenge(url: string): Promise<Challenge> {
  return ask(url, PATH_CHALLENGE, ChallengeSchema);
}

/** Hands the answer in. Throws `LoginError` with the service's reason. */
export function handIn(url: string, answer: Answer): Promise<Login> {
  return ask(url, PATH_LOGIN, LoginSchema, answer);
}

/** What a service says is taken for what it should be, or not at all. */
async function ask<T>(
  url: string,
  path: string,
  schema: v.GenericSchema<unknown, T>,
  body?: unknown,
): Promise<T> {
  const origin = originOf(url);
  const init: RequestInit = {
    method: "POST",
    // Another address would be another origin than the one that is signed.
    redirect: "manual",
    signal: AbortSignal.timeout(REQUEST_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await fetch(`${origin}${path}`, init).catch(() => {
    throw new LoginError(`${origin}: no service answers there`);
  });
  const content = await contentOf(response);
  const taken = v.safeParse(schema, content);
  if (response.status === OK && taken.success) return taken.output;
  if (response.status !== OK && v.is(RefusalSchema, content)) throw new LoginError(content.refused);
  throw new LoginError(`${origin}: answered ${response.status}, no login service`);
}

/** JSON of at most `MAX_BODY_BYTES`; undefined for what is none, is longer, or does not end. */
async function contentOf(response: Response): Promise<unknown> {
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    // Leaving the loop ends the transfer.
    for await (const part of response.body ?? []) {
      length += part.length;
      if (length > MAX_BODY_BYTES) return undefined;
      parts.push(part);
    }
    return JSON.parse(Buffer.concat(parts).toString("utf8"));
  } catch {
    return undefined;
  }
}
