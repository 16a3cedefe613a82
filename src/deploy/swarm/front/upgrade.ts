import { SeatrialError } from '../../../lib/errors.ts';
import { formatDuration } from '../../../lib/units.ts';
import { FRONT } from '../../front/names.ts';
import { DEFAULT_FRONT_IMAGE } from '../../input/fields.ts';
import type { Cluster } from '../cluster.ts';
import { untilEverywhere } from '../edge/up.ts';
import { changeFront } from './change.ts';
import { type Holding, holderBody } from './holder.ts';
import { withFrontLock } from './lock.ts';
import { readFront } from './read.ts';

/** The front made anew by `front-image`, `front-http` and `front-https`, one node after the other. Answers in words what users met. */
export async function upgradeFront(cluster: Cluster): Promise<string> {
  const { api, clock, context, label } = cluster;
  const { inputs } = context;
  return withFrontLock(cluster, async (lock) => {
    const { holder } = await readFront(cluster);
    if (!holder) {
      throw new SeatrialError('NOT_SUPPORTED', `${label}: there is no front door; a deploy with domains makes one.`);
    }
    const { model: was } = holder;
    const how = {
      image: inputs['front-image'] === DEFAULT_FRONT_IMAGE ? was.image : inputs['front-image'],
      http: inputs['front-http'] ?? was.http,
      https: inputs['front-https'] ?? was.https,
    };
    const begun = clock.mono();
    const same = how.image === was.image && how.http === was.http && how.https === was.https;
    if (!same) {
      const old = new Set((await api.tasks([holder.id])).map(({ ID }) => ID));
      const generation = Number(holder.service.Spec.TaskTemplate.ForceUpdate ?? 0) + 1;
      const make = (model: Holding, turn: number) =>
        api.update(holder.id, (spec) => Object.assign(spec, holderBody(model, turn)), cluster.auth(model.image));
      await lock.guard();
      await make({ ...was, ...how }, generation);
      try {
        await untilEverywhere(cluster, {
          ...{ service: holder.id, name: FRONT, before: old, publish: `${how.http} or ${how.https}` },
          ...{ what: 'the front door', code: 'FRONT_CONFIG', cure: 'it is put back as it was; check front-image' },
        });
      } catch (error) {
        // What served until a moment ago shall serve again.
        await make(was, generation + 1);
        throw error;
      }
    }
    await changeFront(cluster, lock, (before) => ({ ...before, ...how, revision: before.revision + 1 }));
    const within = formatDuration(clock.mono() - begun);
    const said = same
      ? 'the front door is as it is asked for: nothing was made anew that users come to'
      : `the front door is made of ${how.image}, one node after the other, within ${within}: a node answers nothing while its own is replaced`;
    cluster.say(said);
    return said;
  });
}
