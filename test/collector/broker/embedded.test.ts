/**
 * The broker inside the collector keeps the contract; what it promises beside it is in access, delivery and life.
 */
import { openBench } from "./broker-bench.ts";
import { brokerSuite } from "./broker-suite.ts";

brokerSuite("embedded", (onPublish) => openBench(onPublish === undefined ? {} : { onPublish }), {
  agentWaitsForCommit: true,
  cutsOff: true,
});
