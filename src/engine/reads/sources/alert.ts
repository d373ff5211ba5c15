import { UsageError } from '../../../core/errors.ts';
import { ask } from '../ask.ts';
import { READ_WINDOWS, withLane } from '../service.ts';
import { ALERT_PERMISSION, machinesOf, readAlert } from './alerts.ts';
import type { TenantSource } from './source.ts';

/** The machine that an alert is about. */
export const alert: TenantSource = {
  kind: 'alert',
  usage: 'alert:ID',
  help: 'the machine of this alert',
  permission: ALERT_PERMISSION,
  read: async (id, { mde, halt }) => {
    if (!/^[\w.-]{1,200}$/.test(id)) throw new UsageError(`alert:${id}: this is no alert id`);
    const found = await withLane(mde, 'alerts', READ_WINDOWS, (lane) =>
      ask({
        lane,
        halt,
        what: `alert ${id}`,
        permission: ALERT_PERMISSION,
        send: (bearer, signal) => mde.api.get(bearer, `alerts/${id}`, signal),
        parse: readAlert,
      }),
    );
    if (!found) throw new UsageError(`there is no alert ${id} in this tenant`);
    return machinesOf([found]);
  },
};
