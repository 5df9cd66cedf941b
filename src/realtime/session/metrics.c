/* Metrics of the client edge. */
#include "realtime/session/metrics.h"

Metric realtime_sessions = METRIC_GAUGE_INIT("molva_realtime_sessions", "Sockets open now.");
Metric realtime_detached =
    METRIC_GAUGE_INIT("molva_realtime_detached", "ClientSessions kept for a resume after their socket was lost.");
Metric realtime_resumes_hot =
    METRIC_COUNTER_INIT("molva_resumes_total", "ClientSessions opened, by how they continue an earlier one.");
Metric realtime_resumes_warm =
    METRIC_COUNTER_INIT("molva_resumes_total", "ClientSessions opened, by how they continue an earlier one.");
Metric realtime_resumes_none =
    METRIC_COUNTER_INIT("molva_resumes_total", "ClientSessions opened, by how they continue an earlier one.");
Metric realtime_latency = METRIC_HISTOGRAM_INIT("molva_delivery_latency_seconds",
                                                "From the commit of an event to its delivery by a loop.", 0.001);

static Metric deliveries = METRIC_COUNTER_INIT("molva_deliveries_total", "Events written to sockets.");
static Metric writes = METRIC_COUNTER_INIT("molva_delivery_writes_total", "Writes that carried them.");
static Metric gaps =
    METRIC_COUNTER_INIT("molva_gaps_total", "Conversations whose events collapsed to a gap for a slow reader.");
static Metric slow_closed =
    METRIC_COUNTER_INIT("molva_slow_closed_total", "Sockets closed because their client did not read.");

void realtime_metrics_register(void)
{
    realtime_resumes_hot.labels = "kind=\"hot\"";
    realtime_resumes_warm.labels = "kind=\"warm\"";
    realtime_resumes_none.labels = "kind=\"none\"";
    Metric *const all[] = { &realtime_sessions,
                            &realtime_detached,
                            &realtime_resumes_hot,
                            &realtime_resumes_warm,
                            &realtime_resumes_none,
                            &realtime_latency,
                            &deliveries,
                            &writes,
                            &gaps,
                            &slow_closed };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) metric_register(all[i]);
}

void tally_flush(Tally *tally)
{
    if (tally->deliveries) metric_add(&deliveries, tally->deliveries);
    if (tally->writes) metric_add(&writes, tally->writes);
    if (tally->gaps) metric_add(&gaps, tally->gaps);
    if (tally->slow_closed) metric_add(&slow_closed, tally->slow_closed);
    *tally = (Tally){ 0 };
}
