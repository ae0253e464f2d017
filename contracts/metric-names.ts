/** Prometheus metrics of the serving image (SPEC U-11). Alerts and dashboards use the same constants. */
export const servingMetrics = {
  requests: "http_requests_total",
  requestDuration: "http_request_duration_seconds",
  predictions: "model_predictions_total",
  predictionDuration: "model_prediction_duration_seconds",
  info: "model_info",
  loadTimestamp: "model_load_timestamp",
  /** By kind: what a client did wrong, what was refused (`queue-full`, `deadline`), what failed. */
  errors: "model_errors_total",
  /** Runs of the graph by where: on the event loop, or in a worker thread. */
  runs: "model_runs_total",
  /** Rows of one run of the graph, several requests together. */
  batchRows: "model_batch_rows",
  /** Requests that wait for a run. */
  queueDepth: "model_queue_depth",
  /** What decided where a model runs: one run with its contract's example. */
  exampleRun: "model_example_run_seconds",
  /** Answers that were NaN or infinite. */
  nanAnswers: "model_nan_answers_total",
  /** Values outside what training saw, by feature. */
  outOfRange: "model_input_out_of_range_total",
  /** Of the event loop, over the time since the last look. */
  eventLoopLag: "nodejs_eventloop_lag_p99_seconds",
  auditWritten: "audit_records_written_total",
  auditLost: "audit_records_lost_total",
  auditWaiting: "audit_records_waiting",
  eventsSent: "cloudevents_sent_total",
  eventsLost: "cloudevents_lost_total",
  feedback: "model_feedback_total",
  /** Share of right answers in the window of labelled feedback; classification. */
  qualityAccuracy: "model_quality_accuracy",
  /** Mean absolute error in the same window; regression. */
  qualityError: "model_quality_mean_absolute_error",
  /** Labelled answers in the window. */
  qualityAnswers: "model_quality_answers",
  /** Size of the equation's residual at served inputs, sampled (SPEC G-14). */
  physicsResidual: "physics_residual",
  physicsBoundary: "physics_boundary_violation",
  physicsInitial: "physics_initial_violation",
  /** Mean square of the residual over the newest sampled inputs: to be held against the gate on `pde_loss`. */
  physicsResidualMeanSquare: "physics_residual_mean_square",
  physicsSamples: "physics_samples_total",
} as const;

/** What the drift job tells (SPEC U-14 to U-16, K-07): on a Pushgateway, where there is one. */
export const driftMetrics = {
  psi: "drift_psi",
  psiMax: "drift_psi_max",
  psiMean: "drift_psi_mean",
  driftedShare: "drift_features_drifted_share",
  predictionPsi: "drift_prediction_psi",
  rows: "drift_window_rows",
  lostRecords: "drift_window_records_lost",
  /** 1 for the verdict of the newest run, 0 for the others. */
  verdict: "drift_verdict",
  accuracy: "drift_quality_accuracy",
  /** Of the accuracy at admission: over 0.05 is a reason to train again (SPEC K-08). */
  accuracyDrop: "drift_quality_accuracy_drop",
  error: "drift_quality_mean_absolute_error",
  labelledRows: "drift_quality_rows",
  lastRun: "drift_last_run_timestamp_seconds",
  lastSuccess: "drift_last_success_timestamp_seconds",
} as const;

/** What `shadow` tells of a shadow's answers beside those that clients got (SPEC T-02), published as drift's are. */
export const shadowMetrics = {
  /** Share of the rows on which the two disagree. */
  disagreement: "drift_shadow_disagreement",
  differenceMean: "drift_shadow_difference_mean",
  differenceMax: "drift_shadow_difference_max",
  relativeMean: "drift_shadow_relative_difference_mean",
  relativeMax: "drift_shadow_relative_difference_max",
  probabilityMax: "drift_shadow_probability_difference_max",
  pairs: "drift_shadow_pairs",
  unpaired: "drift_shadow_unpaired",
  answeredShare: "drift_shadow_answered_share",
  nonFinite: "drift_shadow_non_finite_rows",
  duration: "drift_shadow_duration_seconds",
  /** 1 for the verdict of the newest run, 0 for the others. */
  verdict: "drift_shadow_verdict",
  lastRun: "drift_shadow_last_run_timestamp_seconds",
  lastSuccess: "drift_shadow_last_success_timestamp_seconds",
} as const;

/** What the recorder of an environment's ledger tells. */
export const recorderMetrics = {
  /** By kind of change. */
  entries: "ledger_entries_written_total",
  sequence: "ledger_sequence",
  waiting: "ledger_changes_waiting",
  findings: "ledger_findings",
} as const;

/** Labels, by their Prometheus names. */
export const metricLabels = {
  path: "path",
  method: "method",
  status: "status",
  modelName: "model_name",
  modelVersion: "model_version",
  release: "release",
  slot: "slot",
  dataVersion: "data_version",
  image: "image",
  errorType: "error_type",
  reason: "reason",
  where: "where",
  feature: "feature",
  result: "result",
  environment: "environment",
  verdict: "verdict",
  primaryRelease: "primary_release",
  side: "side",
  quantile: "quantile",
} as const;
