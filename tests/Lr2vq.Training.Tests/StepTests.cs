using System;
using System.IO;
using System.Linq;
using Lr2vq.Diagnostics;
using Lr2vq.Testing;
using Lr2vq.Training.Networks;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace Lr2vq.Training.Tests;

/// <summary>A step of training moves a network as it moves the same network written in TorchSharp.</summary>
public sealed class StepTests
{
    [Fact]
    public void A_step_is_that_of_plain_torch()
    {
        Torch.Require();
        Random random = new(5);
        float[] Some(int count, double from = -1, double to = 1) => [.. Enumerable.Range(0, count).Select(_ => (float)(from + (to - from) * random.NextDouble()))];
        float[] kernel = Some(16 * 3 * 9), scale = Some(16, 0.5, 1.5), shift = Some(16), mean = Some(16), variance = Some(16, 0.5, 2), product = Some(5 * 16), bias = Some(5), x = Some(8 * 3 * 64);
        byte[] model = new OnnxBuilder(13).Input("x", ElementType.Float32, 8, 3, 8, 8)
            .Constant("w", HostTensor.Of<float>(kernel, 16, 3, 3, 3)).Constant("g", HostTensor.Of<float>(scale, 16)).Constant("b", HostTensor.Of<float>(shift, 16))
            .Constant("m", HostTensor.Of<float>(mean, 16)).Constant("v", HostTensor.Of<float>(variance, 16))
            .Constant("f", HostTensor.Of<float>(product, 5, 16)).Constant("c", HostTensor.Of<float>(bias, 5))
            .Node("Conv", ["x", "w"], ["z"], ("pads", new long[] { 1, 1, 1, 1 })).Node("BatchNormalization", ["z", "g", "b", "m", "v"], ["n"]).Node("Relu", ["n"], ["r"])
            .Node("GlobalAveragePool", ["r"], ["p"]).Node("Flatten", ["p"], ["q"]).Node("Gemm", ["q", "f", "c"], ["y"], ("transB", 1L))
            .Output("y", ElementType.Float32, 8, 5).Build();
        string path = Path.Combine(Path.GetTempPath(), $"lr2vq-step-{Guid.NewGuid():N}.onnx");
        File.WriteAllBytes(path, model);
        try
        {
            Torch.WithNetwork(path, planned =>
            {
                TorchNetwork ours = TorchNetwork.Create(planned, path, new DiagnosticBag())!;
                ours.IsTraining = true;
                Parameter[] plain = [.. new[] { TensorValues.Of(kernel, 16, 3, 3, 3), TensorValues.Of(scale, 16), TensorValues.Of(shift, 16), TensorValues.Of(product, 5, 16), TensorValues.Of(bias, 5) }.Select(t => new Parameter(t))];
                Tensor input = TensorValues.Of(x, 8, 3, 8, 8), labels = tensor([0L, 1, 2, 3, 4, 0, 1, 2]), runningMean = TensorValues.Of(mean, 16), runningVariance = TensorValues.Of(variance, 16);
                Tensor Plain() => nn.functional.linear(nn.functional.relu(nn.functional.batch_norm(nn.functional.conv2d(input, plain[0], padding: [1L, 1L]),
                    runningMean, runningVariance, plain[1], plain[2], true, 0.1, 1e-5)).mean([2L, 3L]), plain[3], plain[4]);
                Step(plain, Plain, labels);
                Step([.. ours.Parameters.Select(p => p.Parameter)], () => ours.Forward([input])[0], labels);
                Parameter[] moved = [.. ours.Parameters.Select(p => p.Parameter)];
                Assert.Equal(5, moved.Length);
                foreach (Parameter expected in plain)
                    Assert.Contains(moved, p => p.numel() == expected.numel() && Torch.Difference(TensorValues.Floats(p), TensorValues.Floats(expected)) <= 1e-5);
                Assert.True(Torch.Difference(TensorValues.Floats(ours.Statistics.First().Values), TensorValues.Floats(runningMean)) <= 1e-5);
            });
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static void Step(Parameter[] parameters, Func<Tensor> forward, Tensor labels)
    {
        using var optimizer = optim.SGD(parameters, 0.1, momentum: 0.9, weight_decay: 1e-4);
        optimizer.zero_grad();
        using Tensor loss = nn.functional.cross_entropy(forward(), labels);
        loss.backward();
        optimizer.step();
    }
}
