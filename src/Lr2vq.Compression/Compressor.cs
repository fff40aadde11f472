using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Codecs;
using Lr2vq.Compression.Allocation;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;

namespace Lr2vq.Compression;

/// <summary>Compresses the weights of a network: chooses method and parameters for each, searches, packs, decodes again and compares.</summary>
internal static class Compressor
{
    private const double BalancedError = 0.001;
    private const double TinyRatio = 10;
    private const double ErrorLimit = 0.01;
    private const int NamedTensors = 5;
    /// <summary>Tiny: how often what Balanced allows outputs may change by; of classes the largest may well stay.</summary>
    private const double MostOfClasses = 16, MostOfValues = 8;
    /// <summary>Bytes against those of the weight bound alone from which a build says why.</summary>
    private const double Held = 1.25;

    /// <param name="weights">The weights, none with NaN or infinity.</param>
    /// <param name="options">What to do.</param>
    /// <param name="fileLength">Exact length of the artifact for tensors of these lengths.</param>
    /// <param name="originalBytes">Bytes of the given model with its external data; what a ratio refers to.</param>
    /// <param name="progress">Told how far it is; may be null.</param>
    /// <param name="diagnostics">Receives warnings.</param>
    /// <param name="cancellation">Ends the work soon.</param>
    /// <param name="gate">Measures the outputs; null for none.</param>
    /// <param name="fit">Compresses to at most so many bytes by what generated inputs show, with what the gate measured; null, or gives null, for nothing better.</param>
    /// <param name="answers">Measures the answers on samples that chose codes; null for none.</param>
    /// <exception cref="DiagnosticException">No result can satisfy the options.</exception>
    public static CompressionResult Compress(IReadOnlyList<WeightSource> weights, CompressionOptions options,
        Func<IReadOnlyList<TensorLengths>, long> fileLength, long originalBytes, IProgress<CompressionProgress>? progress,
        DiagnosticBag diagnostics, CancellationToken cancellation, IOutputGate? gate = null, Func<long, CompressionResult?>? fit = null, IAnswerDistance? answers = null)
    {
        var run = new CompressionRun(weights, PresetRules.Decide(options, weights), options, fileLength, progress, cancellation);
        long? budget = options.MaxBytes ?? (options.TargetRatio is { } ratio ? (long)Math.Floor(originalBytes / ratio) : null);
        double step = 0, coarseness = 0;
        TrainedDimensions.Decide(run, budget, new Workers(options.Threads, cancellation));
        if (run.HasGlobalStep)
        {
            run.EncodeFixed();
            bool tiny = options.Preset == Preset.Tiny && budget is null;
            // With a gate the outputs say how far it may go.
            step = tiny ? gate is null ? Tiny(run, (long)(originalBytes / TinyRatio)) : run.EncodeForBytes((long)(originalBytes / TinyRatio))
                : budget is { } bytes ? run.EncodeForBytes(bytes)
                : run.EncodeForError(options.WeightError ?? BalancedError);
        }
        else
        {
            if (budget is { } bytes) coarseness = run.ChooseForBytes(bytes);
            run.EncodeFixed(answers is null || options.K is not null ? 0 : EntryAllocation.Shares);
            if (answers is not null && run.FileBytes is var size && size <= (budget ?? size)) new EntryAllocation(run, answers, new Workers(options.Threads, cancellation)).Refine(budget ?? size);
        }
        TrainedDimensions.Tell(run, diagnostics);
        long length = run.FileBytes;
        if (budget is { } allowed && length > allowed)
            throw new DiagnosticException(DiagnosticCatalogue.SizeOutOfReach.At(default, allowed, length));
        OutputMeasure? outputs = null;
        CompressionResult? fitted = null;
        HeldSize? held = null;
        bool alone = false;
        if (gate is not null)
        {
            progress?.Report(new CompressionProgress(0.9, "compare outputs"));
            outputs = gate.Measure(run.Tensors);
            if (run.HasGlobalStep && options.Method == CompressionMethod.Auto && outputs.Share > 1)
            {
                if (budget is { } most) (step, outputs) = new BudgetSearch(run, gate).Refine(most, step, outputs);
                else if (options.Preset == Preset.Tiny && fit?.Invoke((long)(originalBytes / TinyRatio)) is { } small && small.Outputs!.Share <= MostOf(small.Outputs)) (fitted, outputs) = (small, small.Outputs);
                else if (options.Preset == Preset.Tiny) (step, outputs) = TinyOfUse(run, gate, (long)(originalBytes / TinyRatio), step, outputs, diagnostics);
            }
            if (run.HasGlobalStep && outputs.Share > 1 && budget is { } target && fit?.Invoke(target) is { } better && better.Outputs!.Share < outputs.Share) (fitted, outputs) = (better, better.Outputs);
            if (!run.HasGlobalStep && outputs.Share > 1 && budget is { } size) outputs = new CoarsenessSearch(run, gate, new Workers(options.Threads, cancellation)).Refine(size, coarseness, outputs);
            var search = new GatedSearch(run, gate);
            if (Math.Max(outputs.Share, outputs.UnlikelyShare) > 1 && options is { Preset: Preset.Balanced, Method: CompressionMethod.Auto, Step: null } && budget is null)
            {
                held = new HeldSize(WorstOf(outputs), run.FileBytes);
                outputs = search.Refine(outputs, mayKeepClasses: options.MaxError is null);
                alone = search.IsMeasuredAlone;
            }
            if (outputs.Share > 1) WarnOfOutputs(outputs, run, search, options, diagnostics);
            else if (outputs is { UnlikelyShare: > 1, IsRangeOpen: true })
                diagnostics.Add(DiagnosticCatalogue.RangeUnknown.At(default, outputs.Changes[outputs.UnlikelyOutput].Name,
                    Percent(outputs.UnlikelyShare * OutputMeasure.UnlikelyAllowed * outputs.Limits[outputs.UnlikelyOutput])));
        }
        CompressionResult result = fitted ?? run.Result(step) with { Outputs = outputs };
        // Who sets a limit knows that it costs.
        if (held is not null && options.MaxError is null && outputs!.Share <= 1 && result.FileBytes > Held * held.Bytes) result = TellWhatHolds(result with { Held = held }, held, alone, weights, diagnostics);
        Warn(result, run, options, diagnostics);
        return result;
    }

    /// <summary>Ten times smaller if the error stays bearable, else as small as that allows.</summary>
    private static double Tiny(CompressionRun run, long bytes)
    {
        double step = run.EncodeForBytes(bytes);
        return run.FileBytes <= bytes && run.StepError <= 3 * ErrorLimit ? step : run.EncodeForError(2 * ErrorLimit);
    }

    /// <summary>The share of the limit up to which something of the answers is left.</summary>
    private static double MostOf(OutputMeasure outputs) => outputs.Changes.All(c => c.Divergence is not null) ? MostOfClasses : MostOfValues;

    /// <summary>Ten times smaller, or as small as leaves something of the answers.</summary>
    private static (double Step, OutputMeasure Measure) TinyOfUse(CompressionRun run, IOutputGate gate, long bytes, double step, OutputMeasure outputs, DiagnosticBag diagnostics)
    {
        var search = new BudgetSearch(run, gate);
        (step, outputs) = search.Refine(bytes, step, outputs);
        double most = MostOf(outputs);
        if (outputs.Share <= most) return (step, outputs);
        int worst = WorstOf(outputs);
        (string name, string change) = (outputs.Changes[worst].Name, Percent(outputs.Changes[worst].Mean));
        (step, outputs) = search.Widen(bytes, step, outputs, most);
        if (outputs.Share > most)
        {
            step = run.EncodeForError(2 * ErrorLimit);
            outputs = gate.Measure(run.Tensors);
        }
        diagnostics.Add(DiagnosticCatalogue.TinyStopped.At(default, run.FileBytes, bytes, name, change));
        return (step, outputs);
    }

    private static void Warn(CompressionResult result, CompressionRun run, CompressionOptions options, DiagnosticBag diagnostics)
    {
        string error = result.RelativeError.ToString("0.0e-0", CultureInfo.InvariantCulture);
        bool vector = run.Specs.Where((_, i) => !options.Found.ContainsKey(run.NameOf(i))).Any(s => s.Treatment is TensorTreatment.Vector or TensorTreatment.Binary or TensorTreatment.LowRank or TensorTreatment.Sparse);
        if (options.MaxError is null && (options.Preset == Preset.Lr2vq || vector) && result.RelativeError > ErrorLimit)
        {
            diagnostics.Add(DiagnosticCatalogue.WantsTraining.At(default, error, Worst(result, run)));
            return;
        }
        double limit = options.MaxError ?? ErrorLimit;
        if (result.RelativeError > limit)
            diagnostics.Add(DiagnosticCatalogue.WeightErrorHigh.At(default, error, limit.ToString(CultureInfo.InvariantCulture), Worst(result, run)));
    }

    /// <summary>The output that is changed most of what is allowed.</summary>
    private static int WorstOf(OutputMeasure outputs) => Enumerable.Range(0, outputs.Shares.Count).MaxBy(i => outputs.Shares[i]);

    /// <summary>Why the ratio is low.</summary>
    private static CompressionResult TellWhatHolds(CompressionResult result, HeldSize held, bool alone, IReadOnlyList<WeightSource> weights, DiagnosticBag diagnostics)
    {
        string name = result.Outputs!.Changes[held.Output].Name;
        string layers = LayersThatHold.Of([.. result.Reports.Select((report, i) => (report.Identity.Name, weights[i].Length, report.Bytes))], result.FileBytes, held.Bytes);
        string more = string.Join("; ", new[] { result.Outputs.Jumping.Contains(name) ? "it jumps where another value is chosen" : null, alone ? null : "what each layer does alone takes too long to measure" }.OfType<string>());
        diagnostics.Add(DiagnosticCatalogue.SizeHeld.At(default, name, Percent(result.Outputs.Limits[held.Output]), result.FileBytes, held.Bytes, layers.Length > 0 ? layers : "all layers alike",
            more.Length == 0 ? "" : $" ({more})"));
        return result;
    }

    /// <summary>Of the output that is changed most; what others say is the same.</summary>
    private static void WarnOfOutputs(OutputMeasure outputs, CompressionRun run, GatedSearch search, CompressionOptions options, DiagnosticBag diagnostics)
    {
        search.Scan();
        double all = search.Alone.Sum(one => one.Change);
        string layers = string.Join(", ", search.Alone.OrderByDescending(one => one.Change).ThenBy(one => one.Tensor).Take(NamedTensors)
            .Select(one => $"{run.NameOf(one.Tensor)} ({Percent(one.Change / all)} of it)"));
        int most = WorstOf(outputs);
        (string change, string limit) = Said(outputs.Changes[most], outputs.Shares[most], outputs.Limits[most]);
        if (search.BytesOfPassing > 0)
        {
            diagnostics.Add(DiagnosticCatalogue.ClassesKept.At(default, outputs.Changes[most].Name, change, limit,
                outputs.Changes[most].Divergence!.Value.ToString("0.0e-0", CultureInfo.InvariantCulture), search.BytesOfPassing, run.FileBytes,
                (outputs.Limits[most] * outputs.Limits[most]).ToString("0.####", CultureInfo.InvariantCulture), layers));
            return;
        }
        diagnostics.Add((options.MaxError is null ? DiagnosticCatalogue.OutputChanged : DiagnosticCatalogue.OutputBeyondMaxError)
            .At(default, outputs.Changes[most].Name, change, limit, layers.Length > 0 ? layers : "those with settings of their own"));
    }

    /// <summary>The change that is too large, with what it is the change of, and the limit of that.</summary>
    private static (string Change, string Limit) Said(OutputChange change, double share, double limit) => change.Mean > limit ? (Percent(change.Mean) + " of its size on", Percent(limit))
        : change.Worst > 2 * limit ? (Percent(change.Worst) + " of its size on one of the", Percent(2 * limit)) : (Percent(share * limit) + " of its size before its softmax on", Percent(limit));

    private static string Percent(double share) => (100 * share).ToString(share < 0.1 ? "0.0" : "0", CultureInfo.InvariantCulture) + " %";

    /// <summary>The tensors with the largest shares of the error.</summary>
    private static string Worst(CompressionResult result, CompressionRun run)
    {
        int[] order = [.. Enumerable.Range(0, result.Reports.Count).Where(i => run.ErrorOf(i) > 0).OrderByDescending(run.ErrorOf).ThenBy(i => i)];
        IEnumerable<string> named = order.Take(NamedTensors).Select(i => string.Create(CultureInfo.InvariantCulture,
            $"{result.Reports[i].Identity.Name} ({result.Reports[i].RelativeError:0.0e-0})"));
        string list = string.Join(", ", named);
        return order.Length > NamedTensors ? list + string.Create(CultureInfo.InvariantCulture, $" and {order.Length - NamedTensors} more") : list;
    }
}
