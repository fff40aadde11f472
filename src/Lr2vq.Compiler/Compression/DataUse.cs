using System;
using System.Collections.Generic;
using System.Linq;
using Lr2vq.Calibration;
using Lr2vq.Data;
using Lr2vq.Diagnostics;
using Lr2vq.FineTuning;
using Lr2vq.Options;
using Lr2vq.Pictures;
using Lr2vq.Plans;

namespace Lr2vq.Compression;

/// <summary>Holds pre-processing, labels and calibration data against the network that they are for, so that none is wrong or ignored in silence.</summary>
internal static class DataUse
{
    /// <returns>The samples; null if there are none, or, with diagnostics, if something does not suit.</returns>
    public static CalibrationSet? Open(ModelOptions options, Plan plan, DiagnosticBag bag)
    {
        CheckPreProcessing(options, plan, bag);
        CheckLabels(options, plan, bag);
        if (options.Calibration is not { } files) return null;
        PreProcessing how = options.PreProcessing;
        if (files.Parts.Any(p => p.Files.Any(PictureFile.IsPictureName))) CheckPictures(how, plan.Inputs, "CalibrationData", options.Spelling, bag);
        return CalibrationSet.Open(files, plan.Inputs, how, options.Spelling, bag, options.Fixed.Constants.Keys);
    }

    /// <summary>Warns where nothing says how the network wants pictures.</summary>
    /// <param name="how">What was said.</param>
    /// <param name="inputs">Of the network.</param>
    /// <param name="option">What names the pictures.</param>
    /// <param name="spelling">How that is written.</param>
    /// <param name="bag">Receives the warning.</param>
    public static void CheckPictures(PreProcessing how, IEnumerable<PlanPort> inputs, string option, OptionSpelling spelling, DiagnosticBag bag)
    {
        if (how is { Mean: null, Std: null, Range: null } && inputs.Any(p => p.Type != ElementType.UInt8 && PicturePort.Of(p, how.Layout) is not null))
            bag.Add(DiagnosticCatalogue.PicturesAsTheyAre.At(new DiagnosticPlace { Option = option }, spelling.Of(option),
                $"{spelling.Assign("Mean", "0.485,0.456,0.406")} {spelling.Assign("Std", "0.229,0.224,0.225")}", spelling.Assign("Range", "0,1")));
    }

    /// <summary>Says which options of data, and which second aim, a compression does not use.</summary>
    public static void CheckEffect(ModelOptions options, DiagnosticBag bag)
    {
        TunedCompression.Check(options, bag);
        if (options.OptimizesSpeed && !SpeedSearch.Serves(options))
            NotUsed(options, "Optimize", "Balanced uses it, and Tiny with TargetRatio, MaxBytes or MaxDrop, where Method is auto and FineTune None", bag);
        if (options.Calibration is not { } files)
        {
            foreach (CompressionMethod method in InputMetrics.MethodsOf(options.Compression))
                bag.Add(DiagnosticCatalogue.OptionNeedsOther.At(new DiagnosticPlace { Option = "Method" },
                    $"{options.Spelling.Of("Method")} '{OptionValues.WordOf(OptionValues.Methods, method)}'", options.Spelling.Of("CalibrationData")));
            return;
        }
        if (options is { MaxDrop: not null, Compression.Method: CompressionMethod.Joint }) NotUsed(options, "MaxDrop", "joint lets the loss rise by nothing; joint-compact uses it", bag);
        bool isTuned = options.FineTune != FineTuneMode.None;
        if (!isTuned && !CalibratedCompression.Serves(options.Compression) && !InputMetrics.Serves(options.Compression))
            NotUsed(options, "CalibrationData", "this preset and method compress from the weights alone; Balanced and Tiny with the methods auto, ecsq and tc-ecsq use data, the preset Lr2vq, the methods lr2vq, bgd, svd-gram, joint and joint-compact, and FineTune", bag);
        if (!isTuned && files.Labels is not null && !JointCompression.Serves(options.Compression)) NotUsed(options, "CalibrationLabels", "the measure of this version is agreement with the original's answers", bag);
    }

    private static void NotUsed(ModelOptions options, string option, string reason, DiagnosticBag bag) =>
        bag.Add(DiagnosticCatalogue.SettingNotUsed.At(new DiagnosticPlace { Option = option }, options.Spelling.Of(option), reason));

    private static void CheckPreProcessing(ModelOptions options, Plan plan, DiagnosticBag bag)
    {
        PreProcessing how = options.PreProcessing;
        if (!how.IsDeclared) return;
        PlanPort[] ports = [.. plan.Inputs.Where(p => PicturePort.Of(p, how.Layout) is not null)];
        if (ports.Length == 0)
            foreach ((string key, _) in how.ToPairs()) NotUsed(options, OptionTable.Find(key)!.Name, "no input takes a picture: floats or bytes with 1 or 3 channels", bag);
        foreach (PlanPort port in ports)
        {
            try
            {
                PicturePort picture = PicturePort.Of(port, how.Layout)!;
                PictureConverter converter = new(how, port);
                // A square as small as Resize makes it is the hardest case.
                if (how.Resize is { } side && port.Shape[picture.HeightAxis].IsConstant && port.Shape[picture.WidthAxis].IsConstant) converter.Frame(side, side);
            }
            catch (ArgumentException problem)
            {
                bag.Add(DiagnosticCatalogue.PreProcessingMisfit.At(default, port.Name, problem.Message));
            }
        }
    }

    private static void CheckLabels(ModelOptions options, Plan plan, DiagnosticBag bag)
    {
        if (options.Labels.Count == 0) return;
        if (ClassOutput.IndexOf(plan.Outputs, options.Labels.Count) >= 0) return;
        int any = ClassOutput.IndexOf(plan.Outputs, 0);
        if (any < 0) NotUsed(options, "Labels", "no output is a classification [N, classes]", bag);
        else bag.Add(DiagnosticCatalogue.LabelsDoNotFit.At(new DiagnosticPlace { Option = "Labels" }, options.Spelling.Of("Labels"), options.Labels.Count, plan.Outputs[any].Name, ClassOutput.ClassesOf(plan.Outputs[any])));
    }
}
