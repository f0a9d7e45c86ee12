// npm test [-- TIER... --require-all]: runs the tiers this machine can run. The last line is always the counts.
import { parseArgs } from 'node:util';
import { canInstall, install, installLine, missing, type Need, packagesOf } from './needs.js';
import { closingLines, succeeded, type TierResult } from './report.js';
import { type Tier, tiers } from './tiers.js';

const USAGE = `usage: npm test -- [--require-all] [${tiers.map((tier) => tier.name).join(' | ')}]...`;

interface Options {
  readonly chosen: readonly Tier[];
  readonly requireAll: boolean;
}

function parse(argv: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...argv],
    options: { 'require-all': { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !tiers.some((tier) => tier.name === name));
  if (unknown.length > 0) throw new Error(`no such tier: ${unknown.join(', ')}`);
  return {
    chosen: positionals.length > 0 ? tiers.filter((tier) => positionals.includes(tier.name)) : tiers,
    requireAll: values['require-all'],
  };
}

/** Installs what is missing where that is possible, and says what it would take where it is not. */
async function settleNeeds(chosen: readonly Tier[]): Promise<readonly Need[]> {
  const wanted = [...new Set(chosen.filter((tier) => tier.hasTests()).flatMap((tier) => tier.needs))];
  const absent = await missing(wanted);
  if (absent.length === 0) return absent;
  if (!canInstall()) {
    process.stdout.write(`missing: ${absent.map((need) => need.name).join(', ')}; on Debian: ${installLine(absent)}\n`);
    return absent;
  }
  process.stdout.write(`installing with apt-get: ${packagesOf(absent).join(' ')} ...\n`);
  process.stdout.write(await install(absent));
  return missing(absent);
}

function notRun(tier: Tier, reason: string, requireAll: boolean): TierResult {
  const counts = requireAll ? { failed: 1, skipped: 0 } : { failed: 0, skipped: 1 };
  return { name: tier.name, passed: 0, ...counts, seconds: 0, notes: [`${requireAll ? 'required, but not run' : 'skipped'}: ${reason}`] };
}

async function runTier(tier: Tier, absent: readonly Need[], requireAll: boolean): Promise<TierResult> {
  if (!tier.hasTests()) return notRun(tier, `no test files in test/${tier.name}/`, requireAll);
  const lacking = tier.needs.filter((need) => absent.includes(need));
  if (lacking.length > 0) {
    return notRun(tier, `needs ${lacking.map((need) => need.name).join(', ')}; on Debian: ${installLine(lacking)}`, requireAll);
  }
  process.stdout.write(`\n== ${tier.name}\n`);
  return tier.run();
}

async function main({ chosen, requireAll }: Options): Promise<number> {
  const absent = await settleNeeds(chosen);
  const results: TierResult[] = [];
  for (const tier of chosen) results.push(await runTier(tier, absent, requireAll));
  process.stdout.write(`${closingLines(results)}\n`);
  return succeeded(results, requireAll) ? 0 : 1;
}

let options: Options | undefined;
try {
  options = parse(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}
if (options) process.exitCode = await main(options);
