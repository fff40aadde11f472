using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using Lr2vq.Artifacts;
using Lr2vq.Compression;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Onnx;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Planning;
using Lr2vq.Tool.Work;

namespace Lr2vq.Tool.Report;

/// <summary>The inputs on which a build without calibration data compares outputs. They follow from the model and its options, so they are made again.</summary>
internal static class GateInputs
{
    /// <param name="model">The .onnx.</param>
    /// <param name="meta">Says how the artifact was made of it.</param>
    /// <param name="pictures">The pre-processing that was declared.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <returns>Empty where no input is found that the network accepts.</returns>
    public static IReadOnlyList<InputSample> Of(string model, ArtifactMeta meta, PreProcessing pictures, CancellationToken cancellation)
    {
        DiagnosticBag bag = new();
        FixedInputs choices = FixedInputs.Of(meta.Options);
        using OnnxModel? file = ModelCompressor.Open(model, choices, bag);
        PlannedNetwork? network = file is null ? null : Planner.Plan(file, ModelInterface.NameOf(file.Graph.Name), model, choices, bag);
        if (network is null) return [];
        string seed = meta.Options.FirstOrDefault(option => option.Key == "seed").Value ?? "0";
        CompressionOptions options = new() { Seed = int.Parse(seed, CultureInfo.InvariantCulture) };
        using OutputGate? gate = OutputGate.TryMake(network, options, pictures, out _, cancellation);
        return gate?.Inputs ?? [];
    }

    /// <summary>Gives the values of a sample.</summary>
    /// <param name="sample">One of <see cref="Of"/>.</param>
    /// <param name="number">Its number, from 0.</param>
    /// <param name="values">Gets them.</param>
    public static void Give(InputSample sample, int number, InputValues values)
    {
        for (int i = 0; i < sample.Values.Count; i++) values.Take(i, sample.Values[i], FormattableString.Invariant($"generated input {number + 1}"));
    }
}
