// How a program talks with its test: commands on stdin, everything that happens on stdout, one JSON object a line.

import { createInterface } from "node:readline";

export function say(event, fields = {}) {
    process.stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
}

// Obey until stdin closes, and then end: so the program cannot outlive the test that started it.
// failure: makes of a command and its error what the test is told.
export function obeyLines(commands, failure) {
    async function obey(line) {
        const command = JSON.parse(line);
        const { id } = command;
        try {
            if (!Object.hasOwn(commands, command.do)) {
                throw Object.assign(Error(`no such command: ${command.do}`), { kind: "refused" });
            }
            say("answer", { id, result: await commands[command.do](command) });
        } catch (error) {
            say("answer", { id, error: failure(command, error) });
        }
    }
    createInterface({ input: process.stdin }).on("line", obey).on("close", () => process.exit(0));
}
