// From 1.29 on, onnxruntime's official Linux builds keep a device id under HOME and send facts about models and
// sessions to their maker, unless this is set before the library starts. Imported before anything that loads it.
process.env["ORT_DISABLE_TELEMETRY"] ??= "1";
