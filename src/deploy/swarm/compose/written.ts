import type { Service } from '../../docker/compose/project.ts';

/** What `docker compose config` answers of a service and is read here alone, https://docs.docker.com/reference/compose-file/deploy/ */
export interface Written {
  command?: string[] | null;
  entrypoint?: string[] | null;
  user?: string;
  working_dir?: string;
  hostname?: string;
  init?: boolean;
  tty?: boolean;
  stdin_open?: boolean;
  stop_signal?: string;
  privileged?: boolean;
  platform?: string;
  extra_hosts?: string[];
  dns?: string[];
  dns_search?: string[];
  dns_opt?: string[];
  group_add?: string[];
  cap_add?: string[];
  cap_drop?: string[];
  sysctls?: Record<string, string>;
  ulimits?: Record<string, number | { soft: number; hard: number }>;
  tmpfs?: string[];
  shm_size?: string;
  cpus?: number;
  mem_reservation?: string;
  pids_limit?: number;
  devices?: unknown[];
  healthcheck?: {
    disable?: boolean;
    test?: string[];
    interval?: string;
    timeout?: string;
    start_period?: string;
    retries?: number;
  };
  logging?: { driver?: string; options?: Record<string, string> };
  volumes?: Mount[];
  secrets?: FileUse[];
  configs?: FileUse[];
  ports?: Port[];
  deploy?: Deploy;
}

export interface Mount {
  type: string;
  source?: string;
  target: string;
  read_only?: boolean;
  volume?: { nocopy?: boolean; subpath?: string };
  bind?: { propagation?: string };
  tmpfs?: { size?: string | number; mode?: number };
}

export interface FileUse {
  source: string;
  target?: string;
  uid?: string;
  gid?: string;
  mode?: string | number;
}

export interface Port {
  target: number;
  published?: string;
  host_ip?: string;
  protocol?: string;
  mode?: string;
}

interface Amount {
  cpus?: number | string;
  memory?: string | number;
  pids?: number;
  generic_resources?: { discrete_resource_spec?: { kind: string; value: number } }[];
  devices?: unknown[];
}

export interface Deploy {
  mode?: string;
  replicas?: number;
  labels?: Record<string, string>;
  endpoint_mode?: string;
  placement?: { constraints?: string[]; preferences?: { spread: string }[]; max_replicas_per_node?: number };
  resources?: { limits?: Amount; reservations?: Amount };
  restart_policy?: { condition?: string; delay?: string; max_attempts?: number; window?: string };
  update_config?: {
    parallelism?: number;
    delay?: string;
    order?: string;
    monitor?: string;
    max_failure_ratio?: number;
    failure_action?: string;
  };
  rollback_config?: unknown;
}

/** compose has held it to its schema. */
export const written = (service: Service): Service & Written => service as Service & Written;
