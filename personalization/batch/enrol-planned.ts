// Enrols a card of a batch, as the product says: under the card's own keys, which it has by then.

import type { Card } from "../card.ts";
import type { Certificate } from "../certificates/certificate.ts";
import { enrolCard } from "../certificates/enrol.ts";
import type { Issuer } from "../certificates/issuer.ts";
import { FieldError } from "../errors.ts";
import type { KeyHandle, KeyService } from "../keys/key-service.ts";
import type { Product } from "../products/product.ts";
import { openSecureChannel } from "../scp03/open.ts";
import { type CardPlan, diversificationFactors } from "./card-plan.ts";
import { selectApplication } from "./select.ts";

/** The master of the administration keys. Throws what keeps the product's cards from being enrolled. */
export async function openAdministration(
  service: KeyService,
  product: Product,
): Promise<KeyHandle> {
  if (product.identity === undefined) {
    throw new FieldError(`${product.file}: has no "identity", so its cards get no certificates`);
  }
  const { master } = product.identity.administration;
  const handle = await service.open(master);
  if (handle.kind === "sm4") return handle;
  throw new FieldError(`key "${master}" is a ${handle.kind} key; the product needs sm4`);
}

export async function enrolPlanned(
  card: Card,
  service: KeyService,
  product: Product,
  plan: CardPlan,
  issuer: Issuer,
): Promise<Certificate> {
  const master = await openAdministration(service, product);
  const identity = product.identity!;
  const { levels } = identity.administration;
  const factors = diversificationFactors(product.applications[0]!, levels, plan.encoder);
  const administration = await service.derive(master, { method: "social-security", factors });
  try {
    await selectApplication(card, "asymmetric application", identity.aid);
    const level = identity.securityLevel;
    const channel = await openSecureChannel(card, service, plan.keySet, level);
    return await enrolCard(card, { channel, service, dek: plan.keySet.dek }, issuer, {
      card: plan.encoder.shown(identity.holder),
      pin: identity.pin.constant,
      pinTries: identity.pin.tries,
      days: identity.days,
      now: new Date(),
      administration,
    });
  } finally {
    await service.release(administration);
  }
}
