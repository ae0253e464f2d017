/** Prometheus metrics of the serving image (SPEC U-11). Alerts and dashboards use the same constants. */
export const servingMetrics = {
  requests: "http_requests_total",
  requestDuration: "http_request_duration_seconds",
  predictions: "model_predictions_total",
  predictionDuration: "model_prediction_duration_seconds",
  info: "model_info",
  loadTimestamp: "model_load_timestamp",
  errors: "model_errors_total",
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
} as const;
