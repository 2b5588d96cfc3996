import { openDatabase } from "#db/client.ts";
import { jobPracticeScope, jobScope } from "#lib/common/scope.ts";
import { needEnv } from "#lib/env.ts";
import { queueUpload } from "#lib/posting/queue-upload.ts";
import { listCampaignClients, listWaitingDocuments } from "./seed-sql.ts";
import { ENDED_AT_CLICK } from "./workers.ts";

// Uploads some documents of the first client that has any waiting, and is ended by CRASH_AT=P0 before the transaction is.
const database = openDatabase(needEnv("WORKER_DATABASE_URL").WORKER_DATABASE_URL, { max: 1 });
const practice = jobPracticeScope();
for (const clientId of await database.inScope(practice, (db) => listCampaignClients(db, practice))) {
  const scope = jobScope(clientId, { userId: null, label: ENDED_AT_CLICK });
  await database.inScope(scope, async (db) => {
    const ids = await listWaitingDocuments(db, scope, 1, 10);
    if (ids.length > 0) await queueUpload(db, scope, { ids });
  });
}
console.log("nothing waits");
await database.close();
