using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text;
using Lr2vq.Kernels;
using Lr2vq.Testing;

namespace Lr2vq.Benchmarks;

/// <summary>Measures every form of real layers in every width, fits the costs of <see cref="ConvCost"/>, and writes them to its source.</summary>
/// <remarks>A sample is a form of a layer, or the decoding of its weight alone; its time is the lower quartile of the rounds. The fit is
/// least squares, with costs that are not negative, of the relative errors and of the differences between forms of a layer that are close:
/// those decide. Coordinate descent, from zero.</remarks>
internal static class CostsBench
{
    private const int Sweeps = 20_000;

    /// <summary>Forms of a layer that take less than so many times the best are told apart with this weight.</summary>
    private const double Near = 1.6, Weight = 3;

    private sealed record Sample(string Name, ConvForm Form, double[] Counts, double Nanoseconds)
    {
        public Sample(string name, ConvForm form, double[] counts, IEnumerable<double> ms)
            : this(name, form, counts, ms.Order().ElementAt(ms.Count() / 4) * 1e6)
        {
        }

        public double Predicted(double[] costs) => Counts.Zip(costs, (n, c) => n * c).Sum();
    }

    private static readonly string[] s_others = ["cifar10-resnet20-exact", "ppocr-rec-exact"];

    public static int Run(BenchmarkOptions options)
    {
        Isa[] widths = [Isa.Vector512, Isa.Vector256, Isa.Vector128];
        var samples = widths.ToDictionary(isa => isa, _ => new List<Sample[]>());
        var decodes = widths.ToDictionary(isa => isa, _ => new List<Sample>());
        foreach (PeersBench.Case one in ChoicesBench.Cases.Concat(PeersBench.Cases().Where(c => s_others.Contains(c.Name))).Where(c => options.Wants(c.Name)))
        {
            if (TestData.FindModel(one.Model, out _) is not { } path) continue;
            using PlanRunner model = PeersBench.Load(one, path);
            List<ConvCase> cases = ConvCase.Of(model, one.Shape, out long others);
            foreach (Isa isa in widths)
            {
                using Lanes.Forced forced = Lanes.Force(isa);
                if (Lanes.Isa != isa) continue;
                ChoicesBench.WarmUp(cases, isa, isFirst: samples[isa].Count == 0);
                foreach (ConvCase layer in cases)
                {
                    List<ConvForm> forms = layer.Forms;
                    if (forms[0].Method == ConvMethod.Depthwise) continue;
                    string name = $"{one.Name} {layer}";
                    var decode = new double[ConvCost.Parts];
                    ConvCost.CountDecode(layer.Weight, 1, decode);
                    decodes[isa].Add(new Sample(name + " decode", default, decode, layer.MeasureDecode(isa, others, options.Rounds)));
                    double[][] times = layer.Measure(forms, isa, others, options.Rounds);
                    samples[isa].Add([.. forms.Zip(times, (form, ms) =>
                    {
                        var counts = new double[ConvCost.Parts];
                        ConvCost.Count(form, layer.Geometry, layer.Weight, isa, counts);
                        return new Sample(name, form, counts, ms);
                    })]);
                }
            }
        }
        var text = new StringBuilder();
        text.Append("// Written by `Lr2vq.Benchmarks -- costs`; edits are lost.\nusing System;\n\nnamespace Lr2vq.Kernels;\n\n");
        text.Append("/// <summary>Nanoseconds for each <see cref=\"CostPart\"/>, by vector width.</summary>\ninternal static partial class ConvCost\n{\n");
        foreach (Isa isa in widths)
        {
            if (samples[isa].Count == 0)
            {
                Console.Error.WriteLine($"This machine has no {isa}: nothing is written");
                return 1;
            }
            double[] costs = Fit(samples[isa], decodes[isa]);
            Report(isa, samples[isa], costs);
            text.Append(CultureInfo.InvariantCulture, $"{(isa == widths[0] ? "" : "\n")}    private static ReadOnlySpan<double> Costs{(int)isa * 32} =>\n    [\n");
            for (int part = 0; part < ConvCost.Parts; part++) text.Append(CultureInfo.InvariantCulture, $"        {costs[part]:G4},    // {(CostPart)part}\n");
            text.Append("    ];\n");
        }
        text.Append("}\n");
        if (options.Only.Length == 0) File.WriteAllText(Path.Combine(TestData.RepositoryRoot, "src", "Lr2vq.Runtime", "Kernels", "ConvCost.g.cs"), text.ToString());
        else Console.Write(text);
        return 0;
    }

    private static double[] Fit(List<Sample[]> layers, List<Sample> decodes)
    {
        var costs = new double[ConvCost.Parts];
        var equations = new List<(double[] Row, double Value)>();
        foreach (Sample s in layers.SelectMany(l => l).Concat(decodes)) equations.Add(([.. s.Counts.Select(n => n / s.Nanoseconds)], 1));
        foreach (Sample[] layer in layers)
        {
            Sample best = layer.MinBy(s => s.Nanoseconds)!;
            foreach (Sample s in layer.Where(s => s != best && s.Nanoseconds < Near * best.Nanoseconds))
                equations.Add(([.. s.Counts.Zip(best.Counts, (a, b) => Weight * (a - b) / best.Nanoseconds)], Weight * (s.Nanoseconds / best.Nanoseconds - 1)));
        }
        double[][] rows = [.. equations.Select(e => e.Row)];
        double[] left = [.. equations.Select(e => e.Value)];
        for (int sweep = 0; sweep < Sweeps; sweep++)
            for (int part = 0; part < costs.Length; part++)
            {
                double slope = 0, square = 0;
                for (int i = 0; i < rows.Length; i++)
                {
                    slope += rows[i][part] * left[i];
                    square += rows[i][part] * rows[i][part];
                }
                if (square == 0) continue;
                double cost = Math.Max(0, costs[part] + slope / square), change = cost - costs[part];
                for (int i = 0; i < rows.Length; i++) left[i] -= rows[i][part] * change;
                costs[part] = cost;
            }
        return costs;
    }

    private static void Report(Isa isa, List<Sample[]> layers, double[] costs)
    {
        double[] errors = [.. layers.SelectMany(l => l).Select(s => Math.Abs(s.Predicted(costs) / s.Nanoseconds - 1)).Order()];
        Console.WriteLine($"{isa}: {errors.Length} samples, error median {errors[errors.Length / 2]:P0}, nine of ten below {errors[errors.Length * 9 / 10]:P0}, largest {errors[^1]:P0}");
        foreach (Sample[] layer in layers.Where(l => l.Length > 1))
        {
            Sample chosen = layer.MinBy(s => s.Predicted(costs))!, best = layer.MinBy(s => s.Nanoseconds)!;
            double ratio = chosen.Nanoseconds / best.Nanoseconds;
            if (ratio > 1.05) Console.WriteLine($"  {chosen.Name}: {chosen.Form} is {ratio:F2} times {best.Form}, predicted {chosen.Predicted(costs) / best.Predicted(costs):F2}");
        }
        foreach (Sample sample in layers.SelectMany(l => l).OrderByDescending(s => Math.Abs(Math.Log(s.Predicted(costs) / s.Nanoseconds))).Take(12))
            Console.WriteLine($"  {sample.Name} {sample.Form}: {sample.Nanoseconds / 1e3:F0} us, predicted {sample.Predicted(costs) / 1e3:F0}");
    }
}
