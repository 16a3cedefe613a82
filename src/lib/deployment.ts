import * as z from 'zod';

/** What releases can run on. */
export const TARGET_KINDS = ['docker', 'swarm', 'kubernetes'] as const;
export type TargetKind = (typeof TARGET_KINDS)[number];

/** What action-deploy hands on and verify and notify read; readers ignore keys they don't know. */
export const deploymentSchema = z.object({
  app: z.string(),
  environment: z.string(),
  /** A deployment written before there were kinds is one of Docker hosts. */
  kind: z.enum(TARGET_KINDS).default('docker'),
  release: z.string().default(''),
  previous: z
    .string()
    .nullish()
    .transform((v) => v ?? ''),
  image: z.string().default(''),
  state: z.string().default(''),
  url: z.string().optional(),
  /** The releases named in here as history knows them: when each was made, and of which commit with which subject. */
  releases: z
    .array(
      z.object({
        release: z.string(),
        at: z.string().default(''),
        commit: z.string().optional(),
        subject: z.string().optional(),
      }),
    )
    .optional(),
  hosts: z
    .array(
      z.object({
        host: z.string(),
        /** Ways in by name, of a host with a front door. */
        domains: z
          .array(
            z.object({
              domain: z.string(),
              tls: z.string(),
              open: z.boolean(),
              /** When its certificate ends. */
              ends: z.string().optional(),
              daysLeft: z.number().optional(),
              fault: z.string().optional(),
            }),
          )
          .optional(),
        edge: z
          .object({
            container: z.string(),
            published: z.string().default(''),
            /** Where there are several published ports: each, and where it leads. */
            ports: z
              .array(z.object({ published: z.string(), service: z.string().optional(), port: z.number() }))
              .optional(),
          })
          .nullish(),
        slots: z
          .array(
            z.object({
              release: z.string(),
              image: z.string().default(''),
              role: z.enum(['current', 'candidate', 'warm']),
              weight: z.number().default(0),
              /** `service`: of those beside the main ones, the service of a compose file or the worker. */
              containers: z
                .array(z.object({ id: z.string(), name: z.string(), service: z.string().optional() }))
                .default([]),
            }),
          )
          .default([]),
      }),
    )
    .default([]),
});

export type Deployment = z.output<typeof deploymentSchema>;
export type DeployedHost = Deployment['hosts'][number];
export type Slot = DeployedHost['slots'][number];
