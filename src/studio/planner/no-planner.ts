import { type Planner, PlannerFailed } from './planner.ts';

/** Where none is set up: whoever wants a plan writes its steps down, see `POST /api/v1/studio/agent/plans`. */
export const noPlanner: Planner = {
  name: 'none',
  plan: () => Promise.reject(new PlannerFailed('none', 'can read no messages: no planner is set up.')),
};
