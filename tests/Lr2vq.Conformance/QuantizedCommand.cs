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
/// pictures, and for a few of them the integers of all tensors. Operators of integers are compared as they stand. Operators on floats between pairs are compared with
/// what ONNX Runtime makes of them, operators of integers too: their sums are exact, where sums of floats are rounded in an order that ONNX leaves open. How far ONNX Runtime
/// agrees with itself, with and without its graph optimizations, is printed beside it.</summary>
/// <param name="only">Part of the names to run; null for all.</param>
internal sealed class QuantizedCommand(string? only)
{
    private const double Bar = 0.995;
    private const int Pictures = 400, WholePictures = 4;

    /// <summary>What everyone computes in floats.</summary>
    private const string InFloats = "QDQ, weights of s4";

    private static readonly (string Name, QuantizedForm Form)[] s_forms =
    [
        ("QDQ", new QuantizedForm(PerChannel: true, QuantizedOutputs: true)),
        ("QOperator", new QuantizedForm(Operators: true, PerChannel: true, QuantizedOutputs: true)),
        ("QDQ, weights of u8", new QuantizedForm(PerChannel: true, QuantizedOutputs: true, Weights: QuantizedWeights.Unsigned)),
        ("QOperator, weights of u8", new QuantizedForm(Operators: true, QuantizedOutputs: true, Weights: QuantizedWeights.Unsigned)),
        ("QOperator, weights of 7 bits", new QuantizedForm(Operators: true, PerChannel: true, QuantizedOutputs: true, Weights: QuantizedWeights.Reduced)),
        (InFloats, new QuantizedForm(PerChannel: true, QuantizedOutputs: true, Weights: QuantizedWeights.FourBits)),
    ];

    /// <param name="Share">Of the integers of the last tensor, those that ONNX Runtime has too.</param>
    /// <param name="Answers">Pictures of which the largest output is the same.</param>
    /// <param name="WholeShare">As Share, of the integers of all tensors of a few pictures.</param>
    /// <param name="OwnShare">As Share, of ONNX Runtime with and without graph optimizations.</param>
    /// <param name="OwnAnswers">As Answers, of ONNX Runtime with and without graph optimizations.</param>
    /// <param name="Correct">Pictures that are recognized; by ONNX Runtime as many as CorrectThere.</param>
    /// <param name="Bytes">Bytes of the artifact under the preset Balanced; of the quantized model ModelBytes.</param>
    private sealed record Row(string Name, string Form, int Pictures, double Share, int Answers, double WholeShare, double OwnShare, int OwnAnswers, int Correct, int CorrectThere, long ModelBytes, long Bytes);

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
        Row[] ofIntegers = [.. rows.Where(row => row.Form != InFloats)];
        int near = ofIntegers.Count(row => row.Share >= Bar && row.Answers == row.Pictures);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{near} of {ofIntegers.Length} forms of 8 bits with {Bar:p1} of the integers and all answers"));
        return near == ofIntegers.Length;
    }

    private static Row Measure(QuantizedCase network, string name, QuantizedForm form, string path)
    {
        QuantizedAgreement last = new(), whole = new(), own = new();
        network.Write(path, form with { ShowIntegers = true });
        using (ManagedChain chain = new(path))
        using (OrtOracle oracle = new(path, optimize: !form.Operators))
            foreach ((HostTensor picture, int _) in network.Evaluation(WholePictures)) whole.Add(oracle.Run(("input", picture)), chain.Run(("input", picture)));
        network.Write(path, form);
        int correct = 0, correctThere = 0;
        using (ManagedChain chain = new(path))
        using (OrtOracle plain = new(path, optimize: false))
        using (OrtOracle optimized = new(path))
            foreach ((HostTensor picture, int label) in network.Evaluation(Pictures))
            {
                HostTensor[] found = chain.Run(("input", picture)), asIs = plain.Run(("input", picture)), fused = optimized.Run(("input", picture));
                HostTensor[] expected = form.Operators ? asIs : fused;
                last.Add(expected, found);
                own.Add(asIs, fused);
                if (QuantizedAgreement.Best(found[0]) == label) correct++;
                if (QuantizedAgreement.Best(expected[0]) == label) correctThere++;
            }
        Console.WriteLine($"{network.File}, {name}: {last}\n  all tensors: {whole}\n  ONNX Runtime with and without graph optimizations: {own}");
        DiagnosticBag bag = new();
        ModelOptions options = OptionParser.Parse([new("Preset", "Balanced")], null, bag);
        bag.ThrowIfErrors();
        using ManagedChain balanced = new(path, options);
        return new Row(network.File, name, last.Pictures, last.Share, last.EqualAnswers, whole.Share, own.Share, own.EqualAnswers, correct, correctThere, new FileInfo(path).Length, balanced.Compressed.FileBytes);
    }
}
