-- The health of a Task or a Scheduler of carillon.dev for Argo CD.
--
-- Degraded is what cannot work until somebody changes something. A run that failed is
-- no fault of the manifest, and does not degrade it.
local health = { status = "Progressing", message = "The manager has not looked at it yet." }
local status = obj.status
if status == nil or status.observedGeneration ~= obj.metadata.generation then
  return health
end
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready
if ready == nil then
  return health
end
health.message = ready.message
if conditions.Stalled ~= nil and conditions.Stalled.status == "True" then
  health.status = "Degraded"
elseif status.state == "Paused" or ready.reason == "SchedulerPaused" then
  health.status = "Suspended"
elseif ready.status == "True" then
  health.status = "Healthy"
end
return health
