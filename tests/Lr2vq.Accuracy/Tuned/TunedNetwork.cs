using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Pictures;
using Lr2vq.Testing;
using Lr2vq.Training.Data;

namespace Lr2vq.Accuracy;

/// <summary>A network of the comparison: what it is trained on, how long, and the sizes that are compared.</summary>
/// <param name="File">The .onnx.</param>
/// <param name="Images">Images of a training, passes counted.</param>
/// <param name="Ratios">Bytes of the .onnx ÷ bytes of the artifact.</param>
internal sealed record TunedNetwork(string File, int Images, double[] Ratios)
{
    private const int Side = Cifar10Pack.Side, Containers = 5, PicturesOfContainer = 10_000, HeldOut = 1000;

    public static IReadOnlyList<TunedNetwork> All { get; } =
    [
        new("cifar10j-resnet20.onnx", 30_000, [8, 16, 24, 40]),
        new("cifar10-resnet18.onnx", 20_000, [29, 43, 80]),
    ];

    /// <summary>Pictures of a step.</summary>
    public int Batch { get; init; } = 64;

    /// <summary>Most pixels that a picture is moved by.</summary>
    public int Shift => 4;

    public string Name => Path.GetFileNameWithoutExtension(File);

    /// <summary>How its answers on the test pictures are counted.</summary>
    public NetworkCase Case => NetworkCase.All.First(network => network.File == File);

    /// <exception cref="ArgumentException">There is no such network.</exception>
    public static TunedNetwork Find(string name) => All.FirstOrDefault(network => network.Name == Path.GetFileNameWithoutExtension(name))
        ?? throw new ArgumentException($"'{name}' is no network of this comparison; they are {string.Join(", ", All.Select(network => network.Name))}");

    /// <summary>The training pictures, and of them the ones that only decide what is kept.</summary>
    public static (TrainingPictures Training, TrainingPictures HeldOut) Pictures()
    {
        byte[] labels = new byte[Containers * PicturesOfContainer], pixels = new byte[labels.Length * Cifar10Pack.ImageBytes];
        System.Threading.Tasks.Parallel.For(0, Containers, new() { MaxDegreeOfParallelism = 2 }, i =>
        {
            (byte[] some, byte[] bytes) = Cifar10Pack.Load(TestData.Data(FormattableString.Invariant($"cifar10j/train-0{i}.bin")));
            some.CopyTo(labels, i * PicturesOfContainer);
            bytes.CopyTo(pixels, i * PicturesOfContainer * Cifar10Pack.ImageBytes);
        });
        var all = new TrainingPictures(Side, Side, pixels, [.. labels.Select(label => (int)label)], new PreProcessing { Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] });
        return (all.Part(0, all.Count - HeldOut), all.Part(all.Count - HeldOut, HeldOut));
    }
}
