using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Caching;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Plans;
using Lr2vq.Protocol;
using Lr2vq.Tool.Output;
using Lr2vq.Tool.Report;
using Lr2vq.Tool.Training;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Commands;

/// <summary><c>lr2vq build @request.json</c>: what the MSBuild task calls. Answers are lines of JSON on standard output; a closed standard input
/// means cancel.</summary>
internal static class BuildCommand
{
    public static Command Create(ToolContext context)
    {
        Argument<string> request = new("@REQUEST.json") { Description = "The request, written by the MSBuild task." };
        Command command = new("build", "Serves a build; called by the MSBuild task.") { request };
        command.SetAction(parsed =>
        {
            AnswerWriter answers = new(context.Output);
            EndWithInput(context);
            try
            {
                ToolRequest asked = Read(parsed.GetValue(request)!.TrimStart('@'));
                // Its address is not in the request, which stays in obj: it may hold a password.
                using RemoteCache? remote = RemoteCacheSource.Open(context, null, asked.RemoteCacheReadOnly);
                return Serve(asked, remote, answers, context.Cancellation);
            }
            catch (DiagnosticException problem)
            {
                foreach (Diagnostic diagnostic in problem.Diagnostics) answers.Say(-1, diagnostic);
                return ExitCode.Errors;
            }
            catch (Exception problem) when (problem is not (OperationCanceledException or IOException))
            {
                answers.Say(-1, DiagnosticPrinter.Internal(problem));
                return ExitCode.Errors;
            }
        });
        return command;
    }

    private static int Serve(ToolRequest request, RemoteCache? remote, AnswerWriter answers, CancellationToken cancellation)
    {
        bool good = true;
        ArtifactCache cache = new(request.CacheDirectory, request.CacheSize) { Remote = remote };
        for (int i = 0; i < request.Models.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            good &= Serve(request, i, cache, answers, cancellation);
        }
        return good ? ExitCode.Done : ExitCode.Errors;
    }

    private static bool Serve(ToolRequest request, int index, ArtifactCache cache, AnswerWriter answers, CancellationToken cancellation)
    {
        ToolModel model = request.Models[index];
        Stopwatch clock = Stopwatch.StartNew();
        DiagnosticBag bag = new();
        ToolAnswer done = new(ToolAnswerKind.Done, index);
        try
        {
            ModelOptions options = Options(request, model, bag);
            if (!bag.HasErrors) Make(request, model, options, cache, done, new Relay(answers, index), bag, cancellation);
        }
        catch (DiagnosticException problem)
        {
            foreach (Diagnostic diagnostic in problem.Diagnostics.Except(bag.All)) bag.Add(diagnostic);
        }
        catch (InvalidArtifactException problem)
        {
            bag.Add(problem.Diagnostic);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            bag.Add(DiagnosticCatalogue.FileUnwritable.At(new DiagnosticPlace(model.Path), model.ArtifactPath ?? model.PlanPath, problem.Message.TrimEnd('.')));
        }
        foreach (Diagnostic diagnostic in bag.All) answers.Say(index, diagnostic);
        done.Succeeded = !bag.HasErrors;
        done.Seconds = clock.Elapsed.TotalSeconds;
        answers.Write(done);
        return done.Succeeded;
    }

    private static void Make(ToolRequest request, ToolModel model, ModelOptions options, ArtifactCache cache, ToolAnswer done,
        IProgress<CompressionProgress> progress, DiagnosticBag bag, CancellationToken cancellation)
    {
        done.Inputs = ConfigOf(request, model) is { } config ? [config] : [];
        if (options.Calibration is { } data) done.Inputs.AddRange(data.All);
        if (options.Labels.Count > 0) done.Inputs.Add(Path.GetFullPath(model.Options["Labels"].Trim(), Path.GetFullPath(request.ProjectDirectory ?? ".")));
        if (model.ArtifactPath is null)
        {
            if (ModelCompressor.Plan(model.Path, options, bag) is { } plan && model.PlanPath is { } planPath)
                OutputFiles.WriteTextIfDifferent(planPath, PlanText.Write(plan.Network.Plan));
            return;
        }
        CompressionJob job = new()
        {
            Model = model.Path,
            Artifact = model.ArtifactPath,
            Options = request.Uncompressed ? Uncompressed(options) : options,
            Cache = request.Uncompressed ? null : cache,
            RequireCache = request.RequireCache,
            Training = TrainingSource.Of(request),
        };
        if (job.Run(progress, bag, cancellation) is not { } result) return;
        if (model.PlanPath is not null) OutputFiles.WriteTextIfDifferent(model.PlanPath, ArtifactFile.PlanText(model.ArtifactPath));
        string? report = BuildReport.Write(model.Path, model.ArtifactPath, options, bag, cancellation);
        done.Text = result.Summary(model.Title ?? Path.GetFileName(model.Path)) + (report is null ? "" : ", report " + report);
        done.FromCache = result.FromCache;
        done.OriginalBytes = result.Report.OriginalBytes;
        done.ArtifactBytes = result.Report.ArtifactBytes;
        done.RelativeError = result.Report.RelativeError;
        done.Inputs.AddRange(result.Files);
    }

    private static ModelOptions Options(ToolRequest request, ToolModel model, DiagnosticBag bag)
    {
        Dictionary<string, string> words = new(model.Options, StringComparer.OrdinalIgnoreCase);
        if (words.ContainsKey("Config") && ConfigOf(request, model) is { } config) words["Config"] = config;
        ModelOptions options = OptionParser.Parse(words, model.Path, bag,
            OptionSpelling.Project(model.Title ?? Path.GetFileName(model.Path), model.ProjectOptions), request.ProjectDirectory);
        return options with { Compression = options.Compression with { Threads = request.Threads } };
    }

    /// <summary>Everything fp32, as fast as it goes: for the inner loop of development.</summary>
    private static ModelOptions Uncompressed(ModelOptions options) =>
        options with { Compression = new CompressionOptions { Method = CompressionMethod.Fp32, Threads = options.Compression.Threads }, Calibration = null, MaxDrop = null, FineTune = FineTuneMode.None, TimeLimit = null };

    /// <summary>The file with settings of single tensors that the model has: the named one, or the one beside it.</summary>
    private static string? ConfigOf(ToolRequest request, ToolModel model)
    {
        if (model.Options.TryGetValue("Config", out string? named) && named.Trim().Length > 0)
            return Path.GetFullPath(named.Trim(), Path.GetFullPath(request.ProjectDirectory ?? "."));
        string beside = OptionConfig.PathBeside(model.Path);
        return File.Exists(beside) ? Path.GetFullPath(beside) : null;
    }

    private static ToolRequest Read(string path)
    {
        try
        {
            return ToolRequest.FromJson(File.ReadAllText(path));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException or FormatException or ArgumentException or NotSupportedException)
        {
            throw new DiagnosticException(DiagnosticCatalogue.RequestInvalid.At(new DiagnosticPlace(path), path, problem.Message.TrimEnd('.')));
        }
    }

    /// <summary>The build that started this process is gone, or wants to stop, when standard input ends.</summary>
    private static void EndWithInput(ToolContext context)
    {
        if (context.Input is not { } input) return;
        new Thread(() =>
        {
            try
            {
                while (input.ReadByte() >= 0) { }
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // No input any more.
            }
            context.Cancel();
        }) { IsBackground = true, Name = "standard input" }.Start();
    }

    /// <summary>Lines of JSON; one writer at a time.</summary>
    private sealed class AnswerWriter(TextWriter output)
    {
        private readonly Lock _gate = new();

        public void Write(ToolAnswer answer)
        {
            lock (_gate)
            {
                output.WriteLine(answer.ToJson());
                output.Flush();
            }
        }

        public void Say(int model, Diagnostic diagnostic) => Write(new ToolAnswer(ToolAnswerKind.Diagnostic, model)
        {
            Severity = diagnostic.Severity.ToString().ToLowerInvariant(),
            Code = diagnostic.Id,
            Text = diagnostic.Text,
            File = diagnostic.Place.File,
            Node = diagnostic.Place.Node,
            Tensor = diagnostic.Place.Tensor,
            Option = diagnostic.Place.Option,
            Line = diagnostic.Place.Line,
        });
    }

    private sealed class Relay(AnswerWriter answers, int model) : IProgress<CompressionProgress>
    {
        private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private readonly Lock _gate = new();
        private TimeSpan _next;

        public void Report(CompressionProgress value)
        {
            lock (_gate)
            {
                if (_clock.Elapsed < _next) return;
                _next = _clock.Elapsed + s_pause;
            }
            answers.Write(new ToolAnswer(ToolAnswerKind.Progress, model) { Fraction = value.Fraction, Text = value.Stage });
        }
    }
}
