// What OCPP-J asks of a frame and ocpp-rpc does not look at. Each function returns what is wrong, or null.

const LONGEST_ID = 36;
const LONGEST_DESCRIPTION = 255;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

export function faultOfCall(frame) {
    if (frame.length !== 4) {
        return `a CALL has 4 elements, this one ${frame.length}`;
    }
    if (frame[1].length === 0 || frame[1].length > LONGEST_ID) {
        return `a message id has 1 to ${LONGEST_ID} characters, this one ${frame[1].length}`;
    }
    return isObject(frame[3]) ? null : "the payload of a CALL is an object";
}

export function faultOfAnswer(frame, { name, codes }) {
    if (frame[0] === 3) {
        return frame.length === 3 ? null : `a CALLRESULT has 3 elements, this one ${frame.length}`;
    }
    const [, , code, description, details] = frame;
    if (frame.length !== 5) {
        return `a CALLERROR has 5 elements, this one ${frame.length}`;
    }
    if (!codes.has(code)) {
        return `OCPP-J ${name} has no error code ${JSON.stringify(code)}`;
    }
    if (typeof description !== "string" || description.length > LONGEST_DESCRIPTION) {
        return `an error description is a string of at most ${LONGEST_DESCRIPTION} characters`;
    }
    return isObject(details) ? null : "the details of an error are an object";
}
