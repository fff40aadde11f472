using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Threading;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Accuracy;

/// <summary>The command <c>tuned</c>: rows of the comparison that the JSON does not have, the control first. A run that was cut goes on, also inside a row.</summary>
internal sealed class TunedCommand(string? json)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(15);

    private readonly List<TunedRow> _rows = TunedRow.Read(json);

    /// <param name="method">Null for all.</param>
    /// <param name="settings">Of the method, instead of those it would try; empty for these.</param>
    /// <param name="ratios">Empty for those of the network.</param>
    /// <param name="images">0 for what the network has.</param>
    /// <param name="threads">0 for what libtorch takes.</param>
    /// <param name="isTrained">False for the untrained rows alone.</param>
    public int Run(string name, string? method, IReadOnlyList<string> settings, IReadOnlyList<double> ratios, int images, IReadOnlyList<int> seeds, int threads, bool isTrained, CancellationToken cancellation)
    {
        TunedNetwork network = TunedNetwork.Find(name);
        if (TestData.FindModel(network.File, out string reason) is not { } path)
        {
            Console.Error.WriteLine(reason);
            return 2;
        }
        if (threads > 0) set_num_threads(threads);
        IReadOnlyList<TunedMethod> methods = method is null ? TunedMethod.All : TunedMethod.Find(method, settings);
        string folder = json is null ? Path.Combine(Path.GetTempPath(), "lr2vq-tuned") : Path.GetFullPath(json) + ".work";
        Directory.CreateDirectory(folder);
        Console.WriteLine(Line("network", "method", "options", "tuned", "bytes", "ratio", "right", "drop", "KL", "seed", "images", "s"));
        foreach (int seed in seeds)
        {
            TunedBudget budget = new(network, images > 0 ? images : network.Images, seed, threads > 0 ? threads : get_num_threads(), folder);
            using TunedRun run = new(budget, path);
            TunedRow control = RowOf(run, budget, TunedMethod.Control, 1, tuned: true, null, cancellation)!;
            if (methods.Contains(TunedMethod.Control)) RowOf(run, budget, TunedMethod.Control, 1, tuned: false, control.Correct, cancellation);
            foreach (double target in ratios.Count > 0 ? ratios : network.Ratios)
            {
                run.Forget();
                foreach (TunedMethod one in methods.Where(m => m != TunedMethod.Control))
                    foreach (bool tuned in isTrained ? (bool[])[false, true] : [false])
                    {
                        try
                        {
                            RowOf(run, budget, one, target, tuned, control.Correct, cancellation);
                        }
                        catch (DiagnosticException problem)
                        {
                            Console.WriteLine($"{network.File} {one.Name} {target}x: {problem.Diagnostics.First(d => d.Severity == DiagnosticSeverity.Error).Text}");
                        }
                    }
            }
        }
        return 0;
    }

    private TunedRow? RowOf(TunedRun run, TunedBudget budget, TunedMethod method, double target, bool tuned, int? control, CancellationToken cancellation)
    {
        int images = tuned ? budget.Images : 0;
        if (_rows.Find(r => r.Network == budget.Network.File && r.Method == method.Name && method.Options.Any(o => r.Options == o || o.Length == 0 || r.Options.StartsWith(o + ";", StringComparison.Ordinal))
            && r.Target == target && r.Tuned == tuned && r.Images == images && r.Seed == budget.Seed) is { } known) return known;
        if (run.Row(method, target, tuned, control, new Lines(), cancellation) is not { } row)
        {
            if (tuned) Console.WriteLine($"{budget.Network.File} {method.Name}: no artifact near {target}x");
            return null;
        }
        _rows.Add(row);
        TunedRow.Write(json, _rows);
        Console.WriteLine(Line(row.Network, row.Method, row.Options, row.Tuned ? "yes" : "no", Text(row.Bytes), Text(row.Ratio, "0.00"), $"{row.Correct}/{row.Count}", Text(row.Drop, "0.00"), Text(row.Kl, "0.0000"),
            Text(row.Seed), Text(row.Images), Text(row.Seconds, "0")));
        return row;
    }

    private static string Text(IFormattable value, string? format = null) => value.ToString(format, CultureInfo.InvariantCulture);

    private static string Line(params string[] c) => $"{c[0],-22} {c[1],-9} {c[2],-24} {c[3],-5} {c[4],8} {c[5],6} {c[6],11} {c[7],6} {c[8],8} {c[9],4} {c[10],6} {c[11],6}";

    /// <summary>A line now and then.</summary>
    private sealed class Lines : IProgress<TrainingProgress>
    {
        private readonly Stopwatch _clock = Stopwatch.StartNew();
        private TimeSpan _next;

        public void Report(TrainingProgress p)
        {
            if (_clock.Elapsed < _next) return;
            _next = _clock.Elapsed + s_pause;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {p.Phase,-8} {p.Step,5}/{p.Steps} loss {p.Loss:0.0000} held-out {p.Look?.Loss ?? double.NaN:0.0000} agreement {p.Look?.Agreement ?? double.NaN:P1} {p.Bytes} bytes {p.ImagesPerSecond:0} images/s, {p.Left:h\\:mm\\:ss} left"));
        }
    }
}
