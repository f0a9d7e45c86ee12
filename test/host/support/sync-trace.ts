// Reads what `strace -f -y -s 65536 -e trace=write,fdatasync,fsync` wrote of a store-child.

export interface SyncTrace {
  readonly acknowledged: number;
  /** Acknowledgements that left before the record was written and its file synced. */
  readonly early: readonly string[];
}

const CALL = /^(\d+)\s+(write|fdatasync|fsync)\((\d+)<([^>]*)>(.*)$/;
const RESUMED = /^(\d+)\s+<\.\.\. (fdatasync|fsync) resumed>.*= 0$/;

/** Follows the log's writes and syncs line by line; the first 32 KiB of a log hold no record in two parts. */
export function readSyncTrace(text: string): SyncTrace {
  const written = new Map<string, string>();
  const synced = new Map<string, string>();
  const syncing = new Map<string, { file: string; covers: string }>();
  const early: string[] = [];
  let acknowledged = 0;
  const isSynced = (key: string): boolean => [...synced.values()].some((content) => content.includes(key));

  for (const line of text.split('\n')) {
    const resumed = RESUMED.exec(line);
    if (resumed !== null) {
      const sync = syncing.get(resumed[1]!);
      if (sync !== undefined) synced.set(sync.file, sync.covers);
      continue;
    }
    const call = CALL.exec(line);
    if (call === null) continue;
    const [, thread, name, fd, file, rest] = call as unknown as [string, string, string, string, string, string];
    if (name !== 'write') {
      const covers = written.get(file) ?? '';
      if (rest.endsWith('= 0')) synced.set(file, covers);
      else syncing.set(thread, { file, covers });
    } else if (file.endsWith('.log')) {
      written.set(file, (written.get(file) ?? '') + rest);
    } else if (fd === '1') {
      for (const [, agent, sequence] of rest.matchAll(/ACK (\d+) (\d+)/g)) {
        acknowledged++;
        const key = `line/${Number(agent).toString(16).padStart(32, '0')}/d/${Number(sequence).toString(16).padStart(14, '0')}`;
        if (!isSynced(key)) early.push(key);
      }
    }
  }
  return { acknowledged, early };
}
