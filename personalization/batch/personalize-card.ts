// Makes one blank a person's card: issuer domain, keys, then each application.

import type { Card } from "../card.ts";
import type { KeyService } from "../keys/key-service.ts";
import type { Product } from "../products/product.ts";
import { openSecureChannel } from "../scp03/open.ts";
import { putKeys } from "../scp03/put-key.ts";
import { tlv } from "../tlv.ts";
import { applicationData } from "./application-data.ts";
import type { CardPlan, Masters } from "./card-plan.ts";
import { selectApplication } from "./select.ts";
import { storeGroupings, storeTlv } from "./store-data.ts";

/**
 * The domain's data go in under the transport keys, which the card's own keys then replace;
 * the applications are personalized under the card's own keys.
 */
export async function personalizeCard(
  card: Card,
  service: KeyService,
  product: Product,
  masters: Masters,
  plan: CardPlan,
): Promise<void> {
  const domain = product.issuerDomain;
  await card.reset();
  await selectApplication(card, "issuer security domain", domain.aid);
  const transport = masters.transport;
  const channel = await openSecureChannel(card, service, transport, domain.securityLevel);
  const objects = domain.data.map((object) => tlv(object.tag, plan.encoder.typed(object)));
  await storeTlv(channel, objects);
  await putKeys(channel, service, transport.dek, transport.version, plan.keySet);
  for (const application of product.applications) {
    await selectApplication(card, application.name, application.aid);
    const level = application.securityLevel;
    const open = await openSecureChannel(card, service, plan.keySet, level);
    const { encoder, versions, groupingKey } = plan;
    const secrets = { service, dek: plan.keySet.dek, versions, groupingKey };
    const data = await applicationData(application, encoder, secrets, open.maxData);
    await storeGroupings(open, data);
  }
}
