using System.Collections.Generic;
using System.Linq;
using Lr2vq.Evaluation;
using Lr2vq.Training.Data;
using Lr2vq.Training.Networks;
using Lr2vq.Training.Tuning;
using static TorchSharp.torch;

namespace Lr2vq.Training.Labelled;

/// <summary>Batches of samples with their classes.</summary>
/// <param name="draw">What is drawn.</param>
/// <param name="labels">The class of each of the samples that are drawn from.</param>
/// <param name="size">Samples of a batch.</param>
internal sealed class LabelledBatches(SampleDraw draw, IReadOnlyList<int> labels, int size) : IBatchSource
{
    public Batch At(int step)
    {
        int[] places = new int[size];
        InputSample batch = draw.At(step, places);
        // Nobody is asked for answers.
        return new Batch([.. batch.Values.Select(TensorValues.Of)], empty(0), tensor([.. places.Select(place => (long)labels[place])]));
    }
}
