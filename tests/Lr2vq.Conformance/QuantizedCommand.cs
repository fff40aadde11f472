using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Options;
using Lr2vq.Testing;

namespace Lr2vq.Conformance;

/// <summary>Networks that were quantized to 8 bits, in both of the forms that tools write, against ONNX Runtime: the integers of the last tensor and the answers of 400
/// pictures, and for a few of them the integers of all tensors. ONNX Runtime computes every node as it stands; what its fused operators say is printed beside it.</summary>
/// <param name="only">Part of the names to run; null for all.</param>
internal sealed class QuantizedCommand(string? only)
{
    private const double Bar = 0.995;
    private const int Pictures = 400, WholePictures = 4;

    private static readonly (string Name, QuantizedForm Form)[] s_forms =
    [
        ("QDQ", new QuantizedForm(PerChannel: true, QuantizedOutputs: true)),
        ("QOperator", new QuantizedForm(Operators: true, PerChannel: true, QuantizedOutputs: true)),
        ("QDQ, weights of u8", new QuantizedForm(PerChannel: true, QuantizedOutputs: true, Weights: QuantizedWeights.Unsigned)),
        ("QOperator, weights of u8", new QuantizedForm(Operators: true, QuantizedOutputs: true, Weights: QuantizedWeights.Unsigned)),
        ("QOperator, weights of 7 bits", new QuantizedForm(Operators: true, PerChannel: true, QuantizedOutputs: true, Weights: QuantizedWeights.Reduced)),
        ("QDQ, weights of s4", new QuantizedForm(PerChannel: true, QuantizedOutputs: true, Weights: QuantizedWeights.FourBits)),
    ];

    /// <param name="Share">Of the integers of the last tensor, those that ONNX Runtime has too.</param>
    /// <param name="Answers">Pictures of which the largest output is the same.</param>
    /// <param name="FusedShare">As Share, with graph optimizations.</param>
    /// <param name="FusedAnswers">As Answers, with graph optimizations.</param>
    /// <param name="WholeShare">As Share, of the integers of all tensors of a few pictures.</param>
    /// <param name="Correct">Pictures that are recognized; by ONNX Runtime as many as CorrectThere.</param>
    /// <param name="Bytes">Bytes of the artifact under the preset Balanced; of the quantized model ModelBytes.</param>
    private sealed record Row(string Name, string Form, int Pictures, double Share, int Answers, double FusedShare, int FusedAnswers, double WholeShare, int Correct, int CorrectThere, long ModelBytes, long Bytes);

    /// <param name="json">Where the figures go; null for nowhere.</param>
    /// <returns>False if a form is below the bar.</returns>
    public bool Run(string? json)
    {
        List<Row> rows = [];
        string folder = Directory.CreateTempSubdirectory("quantized").FullName;
        try
        {
            foreach (QuantizedCase network in new[] { QuantizedCase.ResNet20, QuantizedCase.MobileNet })
                foreach ((string name, QuantizedForm form) in s_forms)
                {
                    if (only is not null && !$"{network.File} {name}".Contains(only, StringComparison.Ordinal)) continue;
                    Row row = Measure(network, name, form, Path.Combine(folder, "network.onnx"));
                    rows.Add(row);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {row.Correct} of {row.Pictures} recognized, {row.CorrectThere} by ONNX Runtime; Balanced: {row.Bytes} of {row.ModelBytes} bytes"));
                }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
        if (json is not null) Figures.Write(json, rows);
        int near = rows.Count(row => row.Share >= Bar && row.Answers == row.Pictures);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{near} of {rows.Count} forms with {Bar:p1} of the integers and all answers"));
        return near == rows.Count;
    }

    private static Row Measure(QuantizedCase network, string name, QuantizedForm form, string path)
    {
        QuantizedAgreement last = new(), fused = new(), whole = new();
        network.Write(path, form with { ShowIntegers = true });
        using (ManagedChain chain = new(path))
        using (OrtOracle plain = new(path, optimize: false))
            foreach ((HostTensor picture, int _) in network.Evaluation(WholePictures)) whole.Add(plain.Run(("input", picture)), chain.Run(("input", picture)));
        network.Write(path, form);
        int correct = 0, correctThere = 0;
        using (ManagedChain chain = new(path))
        using (OrtOracle plain = new(path, optimize: false))
        using (OrtOracle optimized = new(path))
            foreach ((HostTensor picture, int label) in network.Evaluation(Pictures))
            {
                HostTensor[] found = chain.Run(("input", picture)), expected = plain.Run(("input", picture));
                last.Add(expected, found);
                fused.Add(optimized.Run(("input", picture)), found);
                if (QuantizedAgreement.Best(found[0]) == label) correct++;
                if (QuantizedAgreement.Best(expected[0]) == label) correctThere++;
            }
        Console.WriteLine($"{network.File}, {name}: {last}\n  with graph optimizations: {fused}\n  all tensors: {whole}");
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Preset", "Balanced")], null, bag);
        bag.ThrowIfErrors();
        using ManagedChain balanced = new(path, options);
        return new Row(network.File, name, last.Pictures, last.Share, last.EqualAnswers, fused.Share, fused.EqualAnswers, whole.Share, correct, correctThere, new FileInfo(path).Length, balanced.Compressed.FileBytes);
    }
}
