// What a version of OCPP has of its own: its error codes, and the schemas that ocpp-rpc lacks.

import { createRequire } from "node:module";
import ocppRpc from "ocpp-rpc";

const COMMON = [
    "GenericError",
    "InternalError",
    "NotImplemented",
    "NotSupported",
    "OccurrenceConstraintViolation", // in 1.6 the spelling of the errata
    "PropertyConstraintViolation",
    "ProtocolError",
    "SecurityError",
    "TypeConstraintViolation",
];
const CODES_16 = new Set([...COMMON, "FormationViolation", "OccurenceConstraintViolation"]);
const CODES_2 = new Set([...COMMON, "FormatViolation", "MessageTypeNotSupported", "RpcFrameworkError"]);

export const VERSIONS = {
    "ocpp1.6": { name: "1.6", codes: CODES_16 },
    "ocpp2.0.1": { name: "2.0.1", codes: CODES_2 },
    "ocpp2.1": { name: "2.1", codes: CODES_2 },
};

// ocpp-rpc 2.2.1 ships the schemas of 2.1 under names that it does not find itself.
export function moreValidators() {
    const schemas = createRequire(import.meta.url)("ocpp-rpc/lib/schemas/ocpp2_1.json");
    const renamed = schemas.map((schema) => ({
        ...schema,
        $id: schema.$id.replace(/Request$/, ".req").replace(/Response$/, ".conf"),
    }));
    return [ocppRpc.createValidator("ocpp2.1", renamed)];
}
