// The service over HTTP on the loopback interface, and the terminal's requests to it.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BureauError } from "../../../personalization/errors.ts";
import { type Answer, type Challenge, type Login, LoginError } from "./protocol.ts";
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

/** Serves `POST /challenge` and `POST /login`, on a free port unless told another. */
export async function serve(service: LoginService, port = 0): Promise<Served> {
  const server = createServer((request, response) => {
    respond(service, request)
      .catch((error): [number, unknown] => refusal(error))
      .then(([status, body]) => send(response, status, body));
  });
  server.requestTimeout = REQUEST_MS;
  server.listen(port, HOST);
  await once(server, "listening");
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
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
): Promise<[number, unknown]> {
  const body = await bodyOf(request);
  if (request.method !== "POST") return [NOT_FOUND, { refused: "there is POST only" }];
  if (request.url === PATH_CHALLENGE) return [OK, service.challenge()];
  if (request.url === PATH_LOGIN) return [OK, await service.login(body)];
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
  return ask<Challenge>(url, PATH_CHALLENGE);
}

/** Hands the answer in. Throws `LoginError` with the service's reason. */
export function handIn(url: string, answer: Answer): Promise<Login> {
  return ask<Login>(url, PATH_LOGIN, answer);
}

async function ask<T>(url: string, path: string, body?: unknown): Promise<T> {
  const init = {
    method: "POST",
    signal: AbortSignal.timeout(REQUEST_MS),
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await fetch(new URL(path, url), init).catch(() => {
    throw new LoginError(`${url}: no service answers there`);
  });
  const content = (await response.json().catch(() => undefined)) as { refused?: string } & T;
  if (response.status === OK && content !== undefined) return content;
  throw new LoginError(content?.refused ?? `${url}: answered ${response.status}, no login service`);
}
