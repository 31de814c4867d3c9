// npm run files-page: writes applets/social-security/FILES.md anew.

import { writeFileSync } from "node:fs";
import { socialSecurityCard } from "./load.ts";
import { definitionPage } from "./page.ts";

const page = new URL("../../applets/social-security/FILES.md", import.meta.url);
writeFileSync(page, definitionPage(socialSecurityCard(3), socialSecurityCard(2)));
