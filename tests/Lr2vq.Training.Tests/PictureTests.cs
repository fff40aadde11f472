using System;
using System.IO;
using System.Linq;
using Lr2vq.Pictures;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Tuning;
using Xunit;

namespace Lr2vq.Training.Tests;

/// <summary>Batches of pictures follow from the seed and the number of the step alone, and the original answers the very pictures that are trained on.</summary>
public sealed class PictureTests
{
    private const int Side = 32, Count = 20, Batch = 6;

    [Fact]
    public void A_byte_becomes_what_is_declared()
    {
        TrainingPictures pictures = Pictures(new PreProcessing { Mean = [0.485f, 0.456f, 0.406f], Std = [0.229f, 0.224f, 0.225f] });
        float[] plain = new float[pictures.Length], moved = new float[pictures.Length], mirrored = new float[pictures.Length];
        pictures.Write(3, 0, 0, false, plain);
        pictures.Write(3, 2, -1, false, moved);
        pictures.Write(3, 0, 0, true, mirrored);

        Assert.Equal((Byte(3, 5, 7, 1) / 255f - 0.456f) / 0.224f, At(plain, 1, 5, 7), 1e-5f);
        Assert.Equal(At(plain, 2, 4, 9), At(moved, 2, 5, 7));
        Assert.Equal((0 - 0.485f) / 0.229f, At(moved, 0, 0, 7), 1e-5f);
        Assert.Equal(At(plain, 0, 5, 7), At(mirrored, 0, 5, Side - 1 - 7));
        Assert.Equal(-1, Value(new PreProcessing { Range = (-1, 1) }, 0), 1e-5f);
        Assert.Equal(3, Value(new PreProcessing { Range = (0, 255), Mean = [9], Std = [2] }, 15), 1e-5f);
        Assert.Equal(Count - 5, pictures.Part(5, Count - 5).Count);
    }

    [Fact]
    public void Batches_and_answers_follow_from_the_step() => Torch.WithNetworkOf("cifar10j-resnet20.onnx", planned =>
    {
        string file = Path.Combine(Path.GetTempPath(), $"lr2vq-answers-{Guid.NewGuid():N}");
        try
        {
            TrainingPictures pictures = Pictures(PreProcessing.None);
            float[][] inputs = new float[4][], answers = new float[4][];
            using (Teacher teacher = new(planned, 1, file))
            {
                PictureBatches batches = new(pictures, teacher, Batch, 1, 4, mirror: true);
                for (int step = 0; step < inputs.Length; step++)
                {
                    using Batch batch = batches.At(step);
                    (inputs[step], answers[step]) = (TensorValues.Floats(batch.Inputs[0]), TensorValues.Floats(batch.Teacher));
                    Assert.Equal(teacher.Answer(inputs[step], pictures.ShapeOf(Batch)), answers[step]);
                }
            }
            using Teacher again = new(planned, 1, file), alone = new(planned, 1);
            PictureBatches kept = new(pictures, again, Batch, 1, 4, mirror: true), other = new(pictures, alone, Batch, 2, 4, mirror: true);
            foreach (int step in (int[])[2, 0, 3])
            {
                using Batch batch = kept.At(step), another = other.At(step);
                Assert.Equal(inputs[step], TensorValues.Floats(batch.Inputs[0]));
                Assert.Equal(answers[step], TensorValues.Floats(batch.Teacher));
                Assert.NotEqual(inputs[step], TensorValues.Floats(another.Inputs[0]));
            }
            // What a cut left of a step is computed again.
            File.WriteAllBytes(file, File.ReadAllBytes(file)[..^7]);
            using Teacher cut = new(planned, 1, file);
            using Batch last = new PictureBatches(pictures, cut, Batch, 1, 4, mirror: true).At(3);
            Assert.Equal(answers[3], TensorValues.Floats(last.Teacher));
        }
        finally
        {
            File.Delete(file);
        }
    });

    /// <summary>Each pass has each picture once, also where batches do not divide a pass.</summary>
    [Fact]
    public void A_pass_has_every_picture_once() => Torch.WithNetworkOf("cifar10j-resnet20.onnx", planned =>
    {
        using Teacher teacher = new(planned, 1);
        PictureBatches batches = new(Pictures(PreProcessing.None), teacher, Batch, 1, 0, mirror: false);
        long[] seen = [.. Enumerable.Range(0, 7).SelectMany(step => batches.At(step).Labels!.data<long>().ToArray())];
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), seen[..Count].Order());
        Assert.Equal(Enumerable.Range(0, Count).Select(i => (long)i), seen[Count..(2 * Count)].Order());
        Assert.NotEqual(seen[..Count], seen[Count..(2 * Count)]);
    });

    private static TrainingPictures Pictures(PreProcessing how)
    {
        byte[] pixels = new byte[Count * Side * Side * 3];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i * 37 + i / 11);
        return new TrainingPictures(Side, Side, pixels, [.. Enumerable.Range(0, Count)], how);
    }

    private static byte Byte(int picture, int y, int x, int channel)
    {
        int i = ((picture * Side + y) * Side + x) * 3 + channel;
        return (byte)(i * 37 + i / 11);
    }

    private static float At(float[] planes, int channel, int y, int x) => planes[(channel * Side + y) * Side + x];

    private static float Value(PreProcessing how, byte value)
    {
        float[] planes = new float[3];
        new TrainingPictures(1, 1, [value, value, value], null, how).Write(0, 0, 0, false, planes);
        return planes[2];
    }
}
