// Says what is on a picture: Classify PICTURE
using System;
using System.IO;
using Classify;
using Lr2vq;
using StbImageSharp;

using Classifier model = Classifier.Create();
byte[] file = File.ReadAllBytes(args[0]);
ImageResult picture = ImageResult.FromMemory(file, ColorComponents.RedGreenBlue);
foreach (ClassScore best in model.TopK(picture.Data, picture.Width, picture.Height))
    Console.WriteLine(best);
