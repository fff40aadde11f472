using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Lr2vq.Caching;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Report;
using Lr2vq.Tool.Training;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq compress MODEL.onnx -o OUT.lr2vq</c>.</summary>
internal static class CompressCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> model = new("MODEL.onnx") { Description = "The network." };
        Option<string?> output = new("--output", "-o") { Description = "The artifact to write; default: the model's name with .lr2vq, beside it.", HelpName = "OUT.lr2vq" };
        Option<bool> useCache = new("--use-cache") { Description = "Take the artifact from the cache if it is there, and keep it there if not." };
        Option<string?> cacheDirectory = SharedOptions.CacheDirectory();
        Option<string?> remoteCache = SharedOptions.RemoteCache();
        Option<bool> remoteCacheReadOnly = SharedOptions.RemoteCacheReadOnly();
        Option<int?> threads = SharedOptions.Threads();
        Option<bool> json = SharedOptions.Json();
        Command command = new("compress", "Compresses a network to an artifact.") { model, output };
        ModelOptionSet options = ModelOptionSet.AddTo(command, o => o.Scope == OptionScope.Model);
        foreach (Option option in (Option[])[useCache, cacheDirectory, remoteCache, remoteCacheReadOnly, threads, json]) command.Options.Add(option);
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(model)!;
            DiagnosticBag bag = new();
            ModelOptions chosen = OptionParser.Parse(options.Words(parsed), path, bag, OptionSpelling.CommandLine);
            string target = parsed.GetValue(output) ?? Path.ChangeExtension(path, ".lr2vq");
            if (!bag.HasErrors) OutputFiles.Check(target, File.Exists(target) ? FilesOf(path) : [], bag);
            JobResult? result = null;
            string? report = null;
            bool usesCache = parsed.GetValue(useCache) || parsed.GetValue(cacheDirectory) is not null || parsed.GetValue(remoteCache) is not null;
            using RemoteCache? remote = usesCache ? RemoteCacheSource.Open(context, parsed.GetValue(remoteCache), parsed.GetValue(remoteCacheReadOnly)) : null;
            if (!bag.HasErrors)
            {
                CompressionJob job = new()
                {
                    Model = path,
                    Artifact = target,
                    Options = chosen with { Compression = chosen.Compression with { Threads = parsed.GetValue(threads) ?? 0 } },
                    Training = TrainingSource.OfCommandLine(),
                    Cache = usesCache ? new ArtifactCache(parsed.GetValue(cacheDirectory)) { Remote = remote } : null,
                };
                result = ProgressDisplay.Run(context, Path.GetFileName(path), parsed.GetValue(json), progress => job.Run(progress, bag, context.Cancellation));
                if (result is not null) report = BuildReport.Write(path, target, chosen, bag, context.Cancellation);
            }
            if (!parsed.GetValue(json))
            {
                int code = DiagnosticPrinter.Finish(context, bag);
                if (result is not null) context.Output.WriteLine($"{result.Summary(Path.GetFileName(path))} → {target}{(report is null ? "" : ", report " + report)}");
                return code;
            }
            JsonOutput.Write(context, ToJson(path, target, result, bag));
            return DiagnosticPrinter.Code(bag.All);
        });
        return command;
    }

    /// <summary>The model with its external data.</summary>
    private static IReadOnlyList<string> FilesOf(string path)
    {
        // What is wrong with the model is said when it is compressed.
        using OnnxModel? model = OnnxFile.Open(path, new DiagnosticBag());
        return model is null ? [path] : [path, .. model.Files];
    }

    private static JsonObject ToJson(string model, string target, JobResult? result, DiagnosticBag bag)
    {
        JsonObject json = new() { ["succeeded"] = result is not null, ["model"] = model };
        if (result is not null)
        {
            CacheReport report = result.Report;
            json["artifact"] = target;
            json["originalBytes"] = report.OriginalBytes;
            json["artifactBytes"] = report.ArtifactBytes;
            json["ratio"] = (double)report.OriginalBytes / report.ArtifactBytes;
            json["relativeError"] = report.RelativeError;
            if (report.OutputChange is { } change) json["outputChange"] = change;
            if (result.Model?.Meta.Tuning is { } tuning) json["tuning"] = InspectJson.Of(tuning);
            if (result.Model?.Meta.Time is { } time) json["predictedTime"] = InspectJson.Of(time);
            json["seconds"] = report.Seconds;
            json["fromCache"] = result.FromCache;
            if (result.Model is { } compressed)
            {
                json["outputs"] = InspectJson.Of(compressed.Meta.Outputs);
                json["tensors"] = Tensors(compressed);
            }
        }
        json["diagnostics"] = JsonOutput.Diagnostics(bag.All);
        return json;
    }

    private static JsonArray Tensors(CompressedModel model)
    {
        JsonArray tensors = [];
        foreach (TensorReport report in model.Result.Reports)
            tensors.Add((JsonNode)new JsonObject
            {
                ["name"] = report.Identity.Name,
                ["shape"] = new JsonArray([.. report.Identity.Shape.Select(d => (JsonNode)d)]),
                ["role"] = report.Identity.Role.ToString(),
                ["format"] = report.Format.ToString(),
                ["method"] = OptionValues.WordOf(OptionValues.Methods, report.Method),
                ["slicing"] = report.Slicing,
                ["k"] = report.K,
                ["m"] = report.M,
                ["d"] = report.D,
                ["step"] = report.Step,
                ["bytes"] = report.Bytes,
                ["ratio"] = report.Ratio,
                ["relativeError"] = report.RelativeError,
            });
        return tensors;
    }
}
