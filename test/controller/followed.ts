import type { KubeClient } from '../../src/kube/index.ts';
import { Reflector } from '../../src/kube/index.ts';
import { PEDIA_CLUSTERS, eventually } from './world.ts';

/** News of PediaClusters, in order. */
export interface Followed {
  readonly happened: readonly string[];
  /** Waits until so much has happened, and tells all that has, sorted: more shows as well. */
  end(count: number): Promise<readonly string[]>;
}

/**
 * What happened to the PediaClusters whose names begin with a label and a dash, in order, without both: `added one`,
 * `deleted two`. Those that are there at the start are left out.
 */
export async function followPediaClusters(client: KubeClient, label: string): Promise<Followed> {
  const happened: string[] = [];
  let isFollowing = false;
  const reflector = new Reflector<string>({
    client,
    resource: PEDIA_CLUSTERS,
    metadataOnly: true,
    project: ({ metadata }) => metadata.uid,
    onEvent: ({ type, key }) => {
      if (isFollowing && type !== 'modified' && key.startsWith(`${label}-`))
        happened.push(`${type} ${key.slice(label.length + 1)}`);
    },
  });
  reflector.start();
  await reflector.whenSynced();
  isFollowing = true;
  return {
    happened,
    async end(count) {
      await eventually('the news to be heard', () => {
        if (happened.length < count) throw new Error(happened.join());
      });
      await reflector.stop();
      return happened.toSorted();
    },
  };
}
