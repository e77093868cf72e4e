import { failureText } from "../../testing/failure-text.ts";
import type { FileReport } from "../../testing/test-file.ts";
import { escaped } from "../markup.ts";

/** The results as JUnit XML: a suite for each file, a case for each test, rule and refuted pair. */
export function junitText(reports: readonly FileReport[]): string {
  const suites = reports.map(suite).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites}</testsuites>\n`;
}

interface Case {
  readonly name: string;
  readonly failures: readonly { readonly message: string; readonly text: string }[];
}

function suite({ path, tests, rules, failures }: FileReport): string {
  const cases: readonly Case[] = [
    ...tests.map(({ name, failures: found }) => ({
      name: `test ${name}`,
      failures: found.map(({ message, help = "" }) => ({ message, text: help })),
    })),
    ...rules.map(({ rule, failures: found }) => ({
      name: `rule ${rule}`,
      failures: found.map((one) => ({
        message: `${one.law}: ${one.message}`,
        text: failureText(one),
      })),
    })),
    ...failures
      .filter(({ law }) => law === "joins")
      .map((one) => ({
        name: `pair ${one.rule} ${one.other}`,
        failures: [{ message: one.message, text: failureText(one) }],
      })),
  ];
  const failed = cases.filter((one) => one.failures.length > 0).length;
  const body = cases.map((one) => caseText(path, one)).join("");
  return `  <testsuite name="${xml(path)}" tests="${cases.length}" failures="${failed}">\n${body}  </testsuite>\n`;
}

function caseText(path: string, { name, failures }: Case): string {
  const head = `    <testcase classname="${xml(path)}" name="${xml(name)}"`;
  if (failures.length === 0) return `${head}/>\n`;
  const inner = failures.map(
    ({ message, text }) => `      <failure message="${xml(message)}">${xml(text)}</failure>\n`,
  );
  return `${head}>\n${inner.join("")}    </testcase>\n`;
}

/** Text of an XML document; characters that XML has no way to write are left out. */
function xml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
  return escaped(text.replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, ""));
}
