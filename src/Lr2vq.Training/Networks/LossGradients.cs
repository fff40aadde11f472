using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Calibration;
using Lr2vq.Codecs;
using Lr2vq.Compression.Metrics;
using Lr2vq.Diagnostics;
using Lr2vq.Evaluation;
using Lr2vq.Planning;
using Lr2vq.Training.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace Lr2vq.Training.Networks;

/// <summary>Gradients of the cross-entropy in the weights as a file holds them: BatchNormalizations stay folded.</summary>
internal sealed class LossGradients : ILossGradients
{
    public float[]?[]? Of(PlannedNetwork network, IReadOnlyList<EncodedTensor>? tensors, IReadOnlyList<(InputSample Sample, int[][] Right)> samples)
    {
        try
        {
            return Gradients(network, tensors, samples);
        }
        catch (NotSupportedException)
        {
            // Attributes without a torch form: whoever asks can measure instead.
            return null;
        }
    }

    private static float[]?[]? Gradients(PlannedNetwork network, IReadOnlyList<EncodedTensor>? tensors, IReadOnlyList<(InputSample Sample, int[][] Right)> samples)
    {
        using var scope = NewDisposeScope();
        if (TorchNetwork.Create(network with { Norms = new Dictionary<int, Graphs.BatchNormStatistics>() }, null, new DiagnosticBag()) is not { } torch) return null;
        for (int i = 0; i < network.Plan.Weights.Count && tensors is not null; i++)
            if (torch.Weights.TryGetValue(network.Plan.Weights[i].Value, out TrainableWeight? weight))
                torch.Replace(network.Plan.Weights[i].Value, new DenseWeight(weight.Identity, Verification.Decode(tensors[i]), null, DenseEncoding.Fp32));
        foreach ((InputSample sample, int[][] right) in samples)
        {
            using var inner = NewDisposeScope();
            using FinalizerGate.Closed closed = FinalizerGate.Close();
            Tensor[] outputs = torch.Forward([.. sample.Values.Select(TensorValues.Of)]);
            Tensor loss = outputs.Select((output, i) => CrossEntropy(output, right[i])).Aggregate((a, b) => a + b) / samples.Count;
            loss.backward();
        }
        return [.. network.Plan.Weights.Select(weight => torch.Weights.TryGetValue(weight.Value, out TrainableWeight? trained)
            && trained.Parameters.FirstOrDefault().Parameter?.grad is { } gradient ? TensorValues.Floats(gradient) : null)];
    }

    /// <summary>Of probabilities, or of scores.</summary>
    private static Tensor CrossEntropy(Tensor output, int[] right)
    {
        Tensor rows = output.reshape(right.Length, -1), classes = tensor(Array.ConvertAll(right, c => (long)c));
        bool areProbabilities = rows.min().item<float>() >= 0 && (rows.sum(-1) - 1).abs().max().item<float>() < 1e-3f;
        return areProbabilities ? nn.functional.nll_loss(rows.clamp_min(1e-12).log(), classes) : nn.functional.cross_entropy(rows, classes);
    }
}
